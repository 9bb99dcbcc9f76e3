"""udlbook_site: the press. It runs pages, stores their outputs, renders, checks and publishes.

It knows nothing of deep learning. Running and rendering are two commands, and the store of
executed pages is the interface between them: a page can be run on one machine and rendered on
another. ``python -m udlbook_site --help`` lists the commands.
"""
