"""`rs-seg init`: a configuration and a scene table, made from what lies in a folder."""
