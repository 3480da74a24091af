"""Walking-distance analysis of community facilities: arrays and frames in, frames out.

Nothing in this package knows of Flask, Folium, SQL, the command line or the environment.
"""
