# From raw files to one grid per scene, labels, blocks and statistics.


rule simulate:
    output:
        optical=simulated("optical"),
        height=simulated("height"),
        labels=simulated("labels"),
    log:
        f"{RESULTS}/logs/simulate/{{scene}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{scene}}.jsonl"
    wildcard_constraints:
        scene=one_of([name for name, labelled in SIMULATED.items() if labelled]),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        settings=settings("simulate"),
    shell:
        command("simulate") + " --scene {wildcards.scene:q} --optical {output.optical:q}"
        " --height {output.height:q} --labels {output.labels:q} --threads {threads} --log {log:q}"


rule simulate_unlabelled:
    output:
        optical=simulated("optical"),
        height=simulated("height"),
    log:
        f"{RESULTS}/logs/simulate/{{scene}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{scene}}.jsonl"
    wildcard_constraints:
        scene=one_of([name for name, labelled in SIMULATED.items() if not labelled]),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        settings=settings("simulate"),
    shell:
        command("simulate") + " --scene {wildcards.scene:q} --optical {output.optical:q}"
        " --height {output.height:q} --threads {threads} --log {log:q}"


rule inspect:
    input:
        images=lambda wildcards: raw_images(wildcards.scene),
        labels=lambda wildcards: raw_labels(wildcards.scene),
        siblings=lambda wildcards: siblings(wildcards.scene, *raw_images(wildcards.scene), *raw_labels(wildcards.scene)),
    output:
        inspection=f"{SCENE}/inspection.json",
        quicklook=f"{SCENE}/quicklook.png",
    log:
        f"{RESULTS}/logs/inspect/{{scene}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/inspect/{{scene}}.jsonl"
    # Faults are to be known before any long work.
    priority: 100
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000, per_input=3),
        runtime=minutes(30, per_input=0.1),
    params:
        settings=settings_and_states("inspect", images_from_outside, labels_from_outside),
    shell:
        command("inspect") + " --scene {wildcards.scene:q} --images {input.images:q}"
        " --labels {input.labels:q} --inspection {output.inspection:q} --quicklook {output.quicklook:q}"
        " --threads {threads} --log {log:q}"


rule align:
    input:
        inspection=f"{SCENE}/inspection.json",
        images=lambda wildcards: raw_images(wildcards.scene),
        siblings=lambda wildcards: siblings(wildcards.scene, *raw_images(wildcards.scene)),
    output:
        image=f"{SCENE}/image.tif",
    log:
        f"{RESULTS}/logs/align/{{scene}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/align/{{scene}}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores(len(SCENES))
    resources:
        mem_mb=memory(1000, per_width=30),
        runtime=minutes(30, per_input=0.1),
    params:
        settings=settings_and_states("align", images_from_outside),
    shell:
        command("align") + " --inspection {input.inspection:q} --images {input.images:q}"
        " --image {output.image:q} --threads {threads} --log {log:q}"


rule label:
    input:
        image=f"{SCENE}/image.tif",
        labels=lambda wildcards: raw_labels(wildcards.scene),
        siblings=lambda wildcards: siblings(wildcards.scene, *raw_labels(wildcards.scene)),
    output:
        reference=f"{SCENE}/reference.tif",
    log:
        f"{RESULTS}/logs/label/{{scene}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/label/{{scene}}.jsonl"
    wildcard_constraints:
        scene=one_of(LABELLED),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(1000, per_input=2),
        runtime=minutes(30, per_input=0.1),
    params:
        settings=settings_and_states("label", labels_from_outside),
    shell:
        command("label") + " --image {input.image:q} --labels {input.labels:q}"
        " --reference {output.reference:q} --threads {threads} --log {log:q}"
