"""Set-up of a fresh clone, behind scripts/serve, scripts/test and scripts/lock; needs the standard library only."""
