"""The rules that tools/dev/tidy.py runs over the source tree, one module per kind of rule."""
