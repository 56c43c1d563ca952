# What refinements learn from the validation areas.


rule search:
    input:
        probabilities=lambda wildcards: of_network("probabilities.tif", wildcards.network, LABELLED),
        images=labelled_images(),
        references=references(),
        split=lambda wildcards: of_fold(SPLIT, wildcards.network),
    output:
        parameters=PARAMETERS,
    log:
        f"{RESULTS}/logs/search/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/search/{{network}}/{{refinement}}.jsonl"
    wildcard_constraints:
        refinement=one_of(RUN.searched_refinements),
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(RUN.networks) * len(RUN.searched_refinements))
    resources:
        mem_mb=memory(1000, per_width=50, per_thread=1000),
        runtime=minutes(240),
    params:
        settings=settings("search"),
    shell:
        command("search") + " --network {wildcards.network} --refinement {wildcards.refinement}"
        " --probabilities @<(printf '%s\\n' {input.probabilities:q}) --images @<(printf '%s\\n' {input.images:q}) --references @<(printf '%s\\n' {input.references:q})"
        " --split {input.split:q} --parameters {output.parameters:q} --threads {threads} --log {log:q}"
