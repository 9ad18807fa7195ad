"""`python -m galene_py` is the command `galene-py`."""

from galene_py.cli import main

if __name__ == "__main__":
    main(prog_name="galene-py")
