"""The long programs, one a file: R1, R2, R3, R4, R5, R7 and R8. R6 is looked for during each of them."""
