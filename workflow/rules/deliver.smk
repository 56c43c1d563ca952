# What is handed over: one page and one folder. Stages know files by their places.
# Lists of as many files as scenes are functions, so that the job holds them and not the rule as well.


rule report:
    input:
        files=lambda wildcards: [
            *plan.of_scenes("inspection.json"),
            *plan.images(),
            *plan.references(),
            *plan.of_maps("classes.tif"),
            *plan.compared_values(),
            *plan.uncertainties(),
            *plan.if_labelled(plan.of_fold(plan.places.split)),
            *plan.if_trained(plan.of_fold(plan.places.statistics)),
            *plan.curves(),
            *plan.models(),
            *plan.if_labelled(*plan.per_map(plan.places.evaluation)),
            *plan.if_labelled(plan.places.of_run("comparison.json")),
            *plan.if_labelled(plan.places.of_run("comparison.png")),
            *plan.reported_objects(),
            *plan.points_to_label(),
            *plan.estimates(),
            *plan.of_changes("transitions.json"),
            *plan.of_changes("kinds.tif"),
            *plan.previews(),
            *plan.failed_table(),
        ],
    output:
        report=plan.places.of_run("report.html"),
        sheet=plan.places.of_run("one_page.html"),
    log:
        plan.places.log("report"),
    benchmark:
        plan.places.benchmark("report")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(60),
    params:
        settings=plan.settings("report"),
    shell:
        plan.command("report")


rule deliver:
    input:
        files=lambda wildcards: [
            plan.places.of_run("report.html"),
            plan.places.of_run("one_page.html"),
            *plan.images(),
            *plan.references(),
            *plan.of_maps("classes.tif"),
            *plan.of_maps("confidence.tif"),
            *plan.uncertainties(),
            *plan.polygons(),
            *plan.merged_polygons(),
            *plan.exported_polygons(),
            *plan.objects(),
            *plan.merged_objects(),
            *plan.exported_objects(),
            *plan.points_to_label(),
            *plan.estimates(),
            *plan.changes(),
            *plan.detector_models(),
            *plan.models(),
            *plan.exported_models(),
            *plan.cards(),
            *plan.engines(),
            *plan.if_labelled(plan.of_fold(plan.places.split)),
            *plan.if_labelled(plan.of_fold(plan.places.blocks)),
            *plan.if_labelled(plan.places.of_run("comparison.json")),
        ],
    output:
        folder=directory(plan.places.of_run("deliver")),
    log:
        plan.places.log("deliver"),
    benchmark:
        plan.places.benchmark("deliver")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(60, per_input=0.02),
    params:
        settings=plan.settings("deliver"),
    shell:
        plan.command("deliver")
