"""How far people agree who judged the same units without seeing each other's judgement."""
