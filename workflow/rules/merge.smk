# All scenes as one layer.


rule merge:
    input:
        classes=lambda wildcards: of_maps("classes.tif", **wildcards),
        confidences=lambda wildcards: of_maps("confidence.tif", **wildcards),
        probabilities=lambda wildcards: if_weighed(*of_network("probabilities.tif", wildcards.network)),
        images=if_zonal(*images()),
    output:
        polygons=f"{MERGED}/polygons.gpkg",
        shapefile=if_format("shapefile", *parts_of_shapefile(f"{MERGED}/polygons")),
        flatgeobuf=if_format("flatgeobuf", f"{MERGED}/polygons.fgb"),
        geoparquet=if_format("geoparquet", f"{MERGED}/polygons.parquet"),
    log:
        f"{RESULTS}/logs/merge/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/merge/{{network}}/{{refinement}}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(RUN.maps))
    resources:
        mem_mb=memory(1000, per_input=500, of="classes"),
        runtime=minutes(30, per_input=5, of="classes"),
    params:
        settings=settings("merge"),
    shell:
        command("merge") + " --refinement {wildcards.refinement}"
        " --classes @<(printf '%s\\n' {input.classes:q}) --confidences @<(printf '%s\\n' {input.confidences:q})"
        " --probabilities @<(printf '%s\\n' {input.probabilities:q}) --images @<(printf '%s\\n' {input.images:q}) --polygons {output.polygons:q}"
        + option_of("shapefile", " --shapefile {output.shapefile[0]:q}")
        + option_of("flatgeobuf", " --flatgeobuf {output.flatgeobuf:q}")
        + option_of("geoparquet", " --geoparquet {output.geoparquet:q}")
        + " --threads {threads} --log {log:q}"
