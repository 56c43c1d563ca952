# Polygons of every map, scene by scene.


rule vectorize:
    input:
        classes=plan.places.of_map("classes.tif"),
        confidence=plan.places.of_map("confidence.tif"),
        probabilities=plan.if_weighed(plan.places.of_network("probabilities.tif")),
        image=plan.if_zonal(plan.places.of_scene("image.tif")),
    output:
        polygons=plan.places.of_map("polygons.gpkg"),
        shapefile=plan.in_format("shapefile", plan.places.of_map("polygons.gpkg")),
        flatgeobuf=plan.in_format("flatgeobuf", plan.places.of_map("polygons.gpkg")),
        geoparquet=plan.in_format("geoparquet", plan.places.of_map("polygons.gpkg")),
    log:
        plan.places.log("vectorize"),
    benchmark:
        plan.places.benchmark("vectorize")
    conda:
        "../../environment.yml"
    threads: plan.share_of_cores(plan.map_jobs)
    resources:
        mem_mb=plan.resources.memory(1000, per_input=500, of="classes.tif"),
        runtime=plan.resources.minutes(30, per_input=5, of="classes.tif"),
    params:
        settings=plan.settings("vectorize"),
    shell:
        plan.command("vectorize", without=plan.formats_left_out)
