"""The demo: everything the project does, once, on the local cloud, told as a timeline and measured."""
