include: "workflow/Snakefile"


workflow.default_target = "gathered" if plan.mode.gather else "maps" if plan.mode.shard else "all"
