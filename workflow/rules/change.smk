# What became of each place between its dates, by the maps of both.


rule change:
    input:
        before=lambda wildcards: plan.compared_maps(wildcards)[0],
        after=lambda wildcards: plan.compared_maps(wildcards)[1],
        images=plan.compared_images,
        references=plan.compared_labels,
        models=plan.models_of_labels,
        split=plan.split_of_labels,
    output:
        transitions=plan.places.of_change("transitions.tif"),
        kinds=plan.places.of_change("kinds.tif"),
        figures=plan.places.of_change("transitions.json"),
        polygons=plan.places.of_change("changed.gpkg"),
    log:
        plan.places.log("change"),
    benchmark:
        plan.places.benchmark("change")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000, per_input=10, of="classes.tif"),
        runtime=plan.resources.minutes(30, per_input=2, of="classes.tif"),
    params:
        settings=plan.settings("change"),
    shell:
        plan.command("change")
