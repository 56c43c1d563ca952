"""Names of the states in the folder of a training."""

LAST = "last.ckpt"
"""The state that a killed training goes on from."""
FINISHED = "finished.ckpt"
"""What is left of it when the training is finished."""
