"""rs_seg: from remote-sensing imagery and labels to maps that an analyst can defend."""

__version__ = "0.1.0"
