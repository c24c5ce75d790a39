"""Background work: what a deed asks to be done after it, and jobs that people can follow."""
