# Networks made of networks, and how sure any network is.


rule combine:
    input:
        members=lambda wildcards: of_members("probabilities.tif", wildcards.network, wildcards.scene),
        compared=lambda wildcards: of_members("values.json", wildcards.network, wildcards.scene),
    output:
        probabilities=f"{PROBABILITIES}/probabilities.tif",
        values=f"{PROBABILITIES}/values.json",
    log:
        f"{RESULTS}/logs/combine/{{scene}}/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/combine/{{scene}}/{{network}}.jsonl"
    wildcard_constraints:
        network=one_of(RUN.ensembles),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000, per_width=30),
        runtime=minutes(30, per_input=0.1),
    params:
        settings=settings("combine"),
    shell:
        command("combine") + " --network {wildcards.network} --members {input.members:q}"
        " --compared {input.compared:q} --probabilities {output.probabilities:q}"
        " --values {output.values:q} --threads {threads} --log {log:q}"


rule quantify:
    input:
        probabilities=f"{PROBABILITIES}/probabilities.tif",
        members=lambda wildcards: (
            of_members("probabilities.tif", wildcards.network, wildcards.scene)
            if "disagreement" in RUN.quantify.measures
            else []
        ),
    output:
        uncertainty=f"{PROBABILITIES}/uncertainty.tif",
    log:
        f"{RESULTS}/logs/quantify/{{scene}}/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/quantify/{{scene}}/{{network}}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000, per_width=30),
        runtime=minutes(30, per_input=0.1),
    params:
        settings=settings("quantify"),
    shell:
        command("quantify") + " --network {wildcards.network} --probabilities {input.probabilities:q}"
        " --members {input.members:q} --uncertainty {output.uncertainty:q} --threads {threads} --log {log:q}"
