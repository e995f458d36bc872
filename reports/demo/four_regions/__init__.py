"""The second demo study: four regions, two languages, several coders. Nothing of it is real."""
