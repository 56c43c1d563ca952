# All scenes as one layer.


rule merge:
    input:
        files=lambda wildcards: [
            *plan.of_maps("classes.tif", **wildcards),
            *plan.of_maps("confidence.tif", **wildcards),
            *plan.if_weighed(*plan.of_network("probabilities.tif", wildcards.network)),
            *plan.if_zonal(*plan.images()),
        ],
    output:
        polygons=plan.places.of_merged("polygons.gpkg"),
        shapefile=plan.in_format("shapefile", plan.places.of_merged("polygons.gpkg")),
        flatgeobuf=plan.in_format("flatgeobuf", plan.places.of_merged("polygons.gpkg")),
        geoparquet=plan.in_format("geoparquet", plan.places.of_merged("polygons.gpkg")),
    log:
        plan.places.log("merge"),
    benchmark:
        plan.places.benchmark("merge")
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(len(plan.run.maps))
    resources:
        mem_mb=plan.resources.memory(1000, per_input=500, of="classes.tif"),
        runtime=plan.resources.minutes(30, per_input=5, of="classes.tif"),
    params:
        settings=plan.settings("merge"),
    shell:
        plan.command("merge", without=plan.formats_left_out)


rule merge_objects:
    input:
        files=lambda wildcards: [*plan.images(), *plan.objects_by(wildcards)],
        parameters=plan.found_parameters,
        matches=plan.choice_of_score,
    output:
        objects=plan.places.of_merged_objects("objects.gpkg"),
        shapefile=plan.in_format("shapefile", plan.places.of_merged_objects("objects.gpkg")),
        flatgeobuf=plan.in_format("flatgeobuf", plan.places.of_merged_objects("objects.gpkg")),
        geoparquet=plan.in_format("geoparquet", plan.places.of_merged_objects("objects.gpkg")),
    log:
        plan.places.log("merge_objects"),
    benchmark:
        plan.places.benchmark("merge_objects")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=30, of="objects.gpkg"),
        runtime=plan.resources.minutes(30, per_input=0.5, of="objects.gpkg"),
    params:
        settings=plan.settings("merge_objects"),
    shell:
        plan.command("merge_objects", without=plan.formats_left_out)
