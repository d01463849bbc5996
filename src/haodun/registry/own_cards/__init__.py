"""Cards under my name (一证通查): how many stand under a document, told by SMS to one of them and to nobody else."""
