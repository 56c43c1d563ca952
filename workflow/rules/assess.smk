# Figures from test blocks without ground that a model saw, and all maps side by side.


rule evaluate:
    input:
        classes=lambda wildcards: of_maps("classes.tif", LABELLED, wildcards.network, wildcards.refinement),
        probabilities=lambda wildcards: of_network("probabilities.tif", wildcards.network, LABELLED),
        polygons=lambda wildcards: of_maps("polygons.gpkg", LABELLED, wildcards.network, wildcards.refinement),
        references=references(),
        models=lambda wildcards: [model_file(name) for name in RUN.members[wildcards.network]],
        split=lambda wildcards: of_fold(SPLIT, wildcards.network),
    output:
        evaluation=f"{RESULTS}/evaluation/{{network}}/{{refinement}}.json",
    log:
        f"{RESULTS}/logs/evaluate/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/evaluate/{{network}}/{{refinement}}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000, per_width=30),
        runtime=minutes(30, per_input=0.1),
    params:
        settings=settings("evaluate"),
    shell:
        command("evaluate") + " --network {wildcards.network} --refinement {wildcards.refinement}"
        " --classes @<(printf '%s\\n' {input.classes:q}) --probabilities @<(printf '%s\\n' {input.probabilities:q})"
        " --polygons @<(printf '%s\\n' {input.polygons:q})"
        " --references @<(printf '%s\\n' {input.references:q}) --models {input.models:q} --split {input.split:q}"
        " --evaluation {output.evaluation:q} --threads {threads} --log {log:q}"


rule compare:
    input:
        evaluations=per_map(f"{RESULTS}/evaluation/{{network}}/{{refinement}}.json"),
        images=labelled_images(),
        references=references(),
        classes=of_maps("classes.tif", LABELLED),
        changes=of_maps("changes.json", LABELLED),
        models=[model_file(network) for network in RUN.model_networks],
        split=of_fold(SPLIT),
    output:
        table=f"{RESULTS}/comparison.csv",
        comparison=f"{RESULTS}/comparison.json",
        figure=f"{RESULTS}/comparison.png",
    log:
        f"{RESULTS}/logs/compare.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        settings=settings("compare"),
        # Not an input: wall time differs from run to run, and maps that were not timed are compared all the same.
        timings=f"{RESULTS}/timings",
    shell:
        command("compare") + " --evaluations {input.evaluations:q} --images @<(printf '%s\\n' {input.images:q})"
        " --references @<(printf '%s\\n' {input.references:q}) --classes @<(printf '%s\\n' {input.classes:q}) --changes @<(printf '%s\\n' {input.changes:q})"
        " --models {input.models:q} --split {input.split:q} --timings {params.timings:q}"
        " --table {output.table:q} --comparison {output.comparison:q} --figure {output.figure:q}"
        " --threads {threads} --log {log:q}"
