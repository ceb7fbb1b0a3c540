"""The documents, and the program that fills in what they show."""
