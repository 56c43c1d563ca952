# Maps of every scene, by every network and every refinement.


rule predict:
    input:
        model=lambda wildcards: model_file(wildcards.network),
        image=f"{SCENE}/image.tif",
    output:
        probabilities=f"{PROBABILITIES}/probabilities.tif",
    log:
        f"{RESULTS}/logs/predict/{{scene}}/{{network}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/predict/{{scene}}/{{network}}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(SCENES) * len(RUN.networks))
    resources:
        mem_mb=4000,
        runtime="4h",
    params:
        settings=settings("predict"),
    shell:
        command("predict") + " --model {input.model:q} --image {input.image:q}"
        " --probabilities {output.probabilities:q} --threads {threads} --log {log:q}"


rule refine:
    input:
        probabilities=f"{PROBABILITIES}/probabilities.tif",
        image=f"{SCENE}/image.tif",
    output:
        classes=f"{MAP}/classes.tif",
        confidence=f"{MAP}/confidence.tif",
    log:
        f"{RESULTS}/logs/refine/{{scene}}/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/refine/{{scene}}/{{network}}/{{refinement}}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime="4h",
    params:
        settings=settings("refine"),
    shell:
        command("refine") + " --refinement {wildcards.refinement}"
        " --probabilities {input.probabilities:q} --image {input.image:q} --classes {output.classes:q}"
        " --confidence {output.confidence:q} --threads {threads} --log {log:q}"


rule vectorize:
    input:
        classes=f"{MAP}/classes.tif",
        confidence=f"{MAP}/confidence.tif",
    output:
        polygons=f"{MAP}/polygons.gpkg",
        shapefile=multiext(f"{MAP}/polygons", ".shp", ".shx", ".dbf", ".prj", ".cpg", ".qml"),
    log:
        f"{RESULTS}/logs/vectorize/{{scene}}/{{network}}/{{refinement}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/vectorize/{{scene}}/{{network}}/{{refinement}}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime="4h",
    params:
        settings=settings("vectorize"),
    shell:
        command("vectorize") + " --classes {input.classes:q} --confidence {input.confidence:q}"
        " --polygons {output.polygons:q} --shapefile {output.shapefile[0]:q} --threads {threads} --log {log:q}"
