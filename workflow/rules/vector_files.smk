# Files of polygons, and the options that ask for them.
SUFFIXES = {"shapefile": "shp", "flatgeobuf": "fgb", "geoparquet": "parquet"}


def merged_polygons():
    """One layer of all scenes for each map; nothing where there is one scene, or none are asked for."""
    if not (RUN.merge.enabled and len(SCENES) > 1):
        return []
    return per_map(f"{MERGED}/polygons.gpkg")


def polygons():
    return of_maps("polygons.gpkg")


def exported_polygons():
    """Files of the polygons in formats other than GeoPackage, of each scene and of all scenes as one layer."""
    return in_other_formats(polygons() + merged_polygons())


def in_other_formats(paths):
    """The files beside GeoPackages in all formats that are asked for."""
    suffixes = [suffix for name, suffix in SUFFIXES.items() if name in RUN.vectorize.formats]
    return [re.sub(r"gpkg$", suffix, path) for path in paths for suffix in suffixes]


def if_format(name, *paths):
    """The paths, or nothing where the format is not asked for."""
    return list(paths) if name in RUN.vectorize.formats else []


def if_weighed(*paths):
    """The paths, or nothing where polygons do not depend on probabilities."""
    return list(paths) if RUN.vectorize.needs_probabilities else []


def if_zonal(*paths):
    """The paths, or nothing where polygons get no figures of the imagery."""
    return list(paths) if RUN.vectorize.zonal else []


def option_of(name, text):
    """An option of a command, where the format is asked for."""
    return text if name in RUN.vectorize.formats else ""


def parts_of_shapefile(stem):
    return [f"{stem}.{suffix}" for suffix in ("shp", "shx", "dbf", "prj", "cpg", "qml", "sld")]
