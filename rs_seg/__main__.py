"""`python -m rs_seg` is the same program as `rs-seg`."""

from rs_seg.cli import main

if __name__ == "__main__":
    main()
