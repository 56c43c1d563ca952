"""Parts of stages that outgrew one file; no stages of their own."""
