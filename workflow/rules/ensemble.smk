# Networks made of networks, and how sure any network is.


rule combine:
    input:
        members=lambda wildcards: plan.of_members("probabilities.tif", **wildcards),
        compared=lambda wildcards: plan.of_members("values.json", **wildcards),
    output:
        probabilities=plan.places.of_network("probabilities.tif"),
        values=plan.places.of_network("values.json"),
    log:
        plan.places.log("combine"),
    benchmark:
        plan.places.benchmark("combine")
    wildcard_constraints:
        network=one_of(plan.run.ensembles),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_width=30),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("combine"),
    shell:
        plan.command("combine")


rule uncertainty:
    input:
        probabilities=plan.places.of_network("probabilities.tif"),
        members=lambda wildcards: plan.disagreeing_members(**wildcards),
    output:
        uncertainty=plan.places.of_network("uncertainty.tif"),
    log:
        plan.places.log("uncertainty"),
    benchmark:
        plan.places.benchmark("uncertainty")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_width=30),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("uncertainty"),
    shell:
        plan.command("uncertainty")
