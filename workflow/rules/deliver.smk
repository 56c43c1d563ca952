# What is handed over: one page and one folder. Without labels there are no figures, and these inputs are empty.
# Lists of as many files as scenes are functions, so that the job holds them and not the rule as well.


rule report:
    input:
        inspections=lambda wildcards: expand(f"{SCENE}/inspection.json", scene=SCENES),
        images=lambda wildcards: images(),
        references=lambda wildcards: references(),
        classes=lambda wildcards: of_maps("classes.tif"),
        values=lambda wildcards: compared_values(),
        uncertainties=lambda wildcards: uncertainties(),
        split=if_labelled(of_fold(SPLIT)),
        statistics=if_trained(of_fold(STATISTICS)),
        curves=expand(f"{MODEL}/curves.csv", network=RUN.trained_networks),
        models=[model_file(network) for network in RUN.model_networks],
        evaluations=if_labelled(*rules.compare.input.evaluations),
        comparison=if_labelled(f"{RESULTS}/comparison.json"),
        figure=if_labelled(f"{RESULTS}/comparison.png"),
        previews=previews(),
        failed=failed_table(),
    output:
        report=f"{RESULTS}/report.html",
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        settings=settings("report"),
    shell:
        command("report")
        + " --inspections @<(printf '%s\\n' {input.inspections:q}) --images @<(printf '%s\\n' {input.images:q})"
        " --references @<(printf '%s\\n' {input.references:q}) --classes @<(printf '%s\\n' {input.classes:q})"
        " --values @<(printf '%s\\n' {input.values:q}) --uncertainties @<(printf '%s\\n' {input.uncertainties:q})"
        " --split {input.split:q} --statistics {input.statistics:q} --curves {input.curves:q} --models {input.models:q}"
        " --evaluations {input.evaluations:q} --comparison {input.comparison:q} --figure {input.figure:q}"
        " --previews {input.previews:q} --failed {input.failed:q} --report {output.report:q} --threads {threads} --log {log:q}"


rule deliver:
    input:
        report=f"{RESULTS}/report.html",
        images=lambda wildcards: images(),
        classes=lambda wildcards: of_maps("classes.tif"),
        confidences=lambda wildcards: of_maps("confidence.tif"),
        uncertainties=lambda wildcards: uncertainties(),
        polygons=lambda wildcards: polygons(),
        merged=merged_polygons(),
        exports=lambda wildcards: exported_polygons(),
        models=[model_file(network) for network in RUN.model_networks] + exported_models(),
        engines=[engine_folder(network) for network in WITH_LAYERS],
        split=if_labelled(of_fold(SPLIT)),
        blocks=if_labelled(of_fold(BLOCKS)),
        comparison=if_labelled(f"{RESULTS}/comparison.json"),
    output:
        folder=directory(f"{RESULTS}/deliver"),
    log:
        f"{RESULTS}/logs/deliver.log",
    benchmark:
        f"{RESULTS}/benchmarks/deliver.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60, per_input=0.02),
    params:
        settings=settings("deliver"),
    shell:
        command("deliver") + " --report {input.report:q} --images @<(printf '%s\\n' {input.images:q})"
        " --classes @<(printf '%s\\n' {input.classes:q}) --confidences @<(printf '%s\\n' {input.confidences:q})"
        " --uncertainties @<(printf '%s\\n' {input.uncertainties:q}) --polygons @<(printf '%s\\n' {input.polygons:q})"
        " --merged {input.merged:q} --exports @<(printf '%s\\n' {input.exports:q}) --models {input.models:q} --engines {input.engines:q} --split {input.split:q}"
        " --blocks {input.blocks:q} --comparison {input.comparison:q} --folder {output.folder:q}"
        " --threads {threads} --log {log:q}"
