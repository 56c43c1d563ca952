# From raw files to one grid per scene, labels, blocks and statistics.


rule simulate:
    output:
        optical=plan.simulated("optical"),
        clouds=plan.simulated("clouds"),
        height=plan.simulated("height"),
        radar=plan.simulated("radar"),
        labels=plan.simulated("labels"),
        objects=plan.simulated_objects(),
    log:
        plan.places.log("simulate"),
    benchmark:
        plan.places.benchmark("simulate")
    wildcard_constraints:
        scene=one_of(plan.simulated_scenes(labelled=True)),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(30),
    params:
        settings=plan.settings("simulate"),
    shell:
        plan.command("simulate", without=plan.simulations_left_out)


rule simulate_unlabelled:
    output:
        optical=plan.simulated("optical"),
        clouds=plan.simulated("clouds"),
        height=plan.simulated("height"),
        radar=plan.simulated("radar"),
    log:
        plan.places.log("simulate"),
    benchmark:
        plan.places.benchmark("simulate")
    wildcard_constraints:
        scene=one_of(plan.simulated_scenes(labelled=False)),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(30),
    params:
        settings=plan.settings("simulate"),
    shell:
        plan.command("simulate", without={"labels", "objects", *plan.simulations_left_out})


rule inspect:
    input:
        images=lambda wildcards: plan.raw.images(wildcards.scene),
        labels=lambda wildcards: plan.raw.labels(wildcards.scene),
        siblings=lambda wildcards: plan.raw.siblings(wildcards.scene),
    output:
        inspection=plan.places.of_scene("inspection.json"),
        quicklook=plan.places.of_scene("quicklook.png"),
    log:
        plan.places.log("inspect"),
    benchmark:
        plan.places.benchmark("inspect")
    # Faults are to be known before any long work.
    priority: 100
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=3),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("inspect", plan.raw.given_images, plan.raw.given_labels),
    shell:
        plan.command("inspect")


rule align:
    input:
        inspection=plan.places.of_scene("inspection.json"),
        images=lambda wildcards: plan.raw.images(wildcards.scene),
        siblings=lambda wildcards: plan.raw.siblings_of_images(wildcards.scene),
    output:
        image=plan.places.of_scene("image.tif"),
    log:
        plan.places.log("align"),
    benchmark:
        plan.places.benchmark("align")
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(len(plan.scenes))
    resources:
        mem_mb=plan.resources.memory(1000, per_width=30),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("align", plan.raw.given_images),
    shell:
        plan.command("align")


rule label:
    input:
        image=plan.places.of_scene("image.tif"),
        labels=lambda wildcards: plan.raw.labels(wildcards.scene),
        siblings=lambda wildcards: plan.raw.siblings_of_labels(wildcards.scene),
    output:
        reference=plan.places.of_scene("reference.tif"),
    log:
        plan.places.log("label"),
    benchmark:
        plan.places.benchmark("label")
    wildcard_constraints:
        scene=one_of(plan.labelled),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=2),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("label", plan.raw.given_labels),
    shell:
        plan.command("label")
