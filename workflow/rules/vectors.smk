# Polygons of every map, scene by scene.


rule vectorize:
    input:
        classes=f"{MAP}/classes.tif",
        confidence=f"{MAP}/confidence.tif",
        probabilities=if_weighed(f"{PROBABILITIES}/probabilities.tif"),
        image=if_zonal(f"{SCENE}/image.tif"),
    output:
        polygons=f"{MAP}/polygons.gpkg",
        shapefile=if_format("shapefile", *parts_of_shapefile(f"{MAP}/polygons")),
        flatgeobuf=if_format("flatgeobuf", f"{MAP}/polygons.fgb"),
        geoparquet=if_format("geoparquet", f"{MAP}/polygons.parquet"),
    log:
        f"{RESULTS}/logs/vectorize/{{scene}}/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/vectorize/{{scene}}/{{network}}/{{refinement}}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(SCENES) * len(RUN.maps))
    resources:
        mem_mb=memory(1000, per_input=500, of="classes"),
        runtime=minutes(30, per_input=5, of="classes"),
    params:
        settings=settings("vectorize"),
    shell:
        command("vectorize") + " --refinement {wildcards.refinement}"
        " --classes {input.classes:q} --confidence {input.confidence:q}"
        " --probabilities {input.probabilities:q} --image {input.image:q} --polygons {output.polygons:q}"
        + option_of("shapefile", " --shapefile {output.shapefile[0]:q}")
        + option_of("flatgeobuf", " --flatgeobuf {output.flatgeobuf:q}")
        + option_of("geoparquet", " --geoparquet {output.geoparquet:q}")
        + " --threads {threads} --log {log:q}"
