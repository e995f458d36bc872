"""The method section of a report, written from the data of the study."""
