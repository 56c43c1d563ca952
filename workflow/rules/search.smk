# What refinements learn from the validation areas.


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
