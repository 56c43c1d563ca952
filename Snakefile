include: "workflow/Snakefile"


workflow.default_target = "gathered" if MODE.gather else "maps" if MODE.shard else "all"
