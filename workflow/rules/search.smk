# What refinements and suppressions learn from the validation areas.


rule search:
    input:
        probabilities=lambda wildcards: plan.of_network(
            "probabilities.tif", wildcards.network, plan.labelled
        ),
        images=plan.labelled_images(),
        references=plan.references(),
        split=lambda wildcards: plan.of_fold(plan.places.split, wildcards.network),
    output:
        parameters=plan.places.parameters,
    log:
        plan.places.log("search"),
    benchmark:
        plan.places.benchmark("search")
    wildcard_constraints:
        refinement=one_of(plan.run.searched_refinements),
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(len(plan.run.models) * len(plan.run.searched_refinements))
    resources:
        mem_mb=plan.resources.memory(1000, per_width=50, per_thread=1000),
        runtime=plan.resources.minutes(240),
    params:
        settings=plan.settings("search"),
    shell:
        plan.command("search")


rule search_suppression:
    input:
        files=plan.candidates_of,
        outlines=plan.outlines(),
        split=lambda wildcards: plan.of_fold(plan.places.split, wildcards.detector),
        models=plan.matched_models,
    output:
        parameters=plan.places.suppression_parameters,
    log:
        plan.places.log("search_suppression"),
    benchmark:
        plan.places.benchmark("search_suppression")
    wildcard_constraints:
        detector=one_of(plan.run.detectors),
        suppression=one_of(plan.run.searched_suppressions),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=30),
        runtime=plan.resources.minutes(60, per_input=5),
    params:
        settings=plan.settings("search_suppression"),
    shell:
        plan.command("search_suppression")
