"""OGC API - Features under /ogc: every layer and what belongs to it, for programs that already speak it."""
