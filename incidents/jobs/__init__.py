"""Background work: requested in a transaction, claimed by one worker, finished exactly once.

The row of a job is the truth; the broker only rings a bell. Locks are taken in the order study,
scheme, job: a runner that locks its study calls `hold` or `finish` after that.
"""

from incidents.jobs.claiming import Claim, claimed, execute, run_now
from incidents.jobs.exceptions import LeaseLost, Refused
from incidents.jobs.registry import Runner, kinds, label_of, register, register_sweep
from incidents.jobs.requesting import join_waiting, request_job, try_again
from incidents.jobs.sweeping import sweep

__all__ = [
    "Claim",
    "LeaseLost",
    "Refused",
    "Runner",
    "claimed",
    "execute",
    "join_waiting",
    "kinds",
    "label_of",
    "register",
    "register_sweep",
    "request_job",
    "run_now",
    "sweep",
    "try_again",
]
