"""Configurations in which, taken together, every key of the configuration is there."""

from __future__ import annotations

from typing import Any

LEGEND = [
    {"code": 0, "name": "other", "color": "#dddddd"},
    {"code": 1, "name": "road", "color": "#d7301f"},
    {"code": 2, "name": "building", "color": "#2233ff"},
]
SCENES = [
    {"name": "north", "fields": {"year": "2020"}},
    {"name": "south", "labelled": False},
]
SOURCES = {
    "image": {
        "path": "{scene}.tif",
        "bands": ["red", "green", "blue", "haze"],
        "drop_bands": ["haze"],
        "nodata": 0,
        "fill": 0.0,
        "crs": "EPSG:32632",
        "resampling": "bilinear",
    },
    "height": {"path": "{scene}_dsm.tif", "bands": ["dsm"], "override_crs": "EPSG:32632"},
}
LABEL = {
    "path": "labels.gpkg",
    "layer": "ground",
    "column": "class",
    "encoding": "cp1252",
    "rename": {"street": "road"},
    "outside": "other",
    "unlabelled": [9],
    "crs": "EPSG:32632",
}
BASE: dict[str, Any] = {
    "title": "Roads",
    "results": "results",
    "data_root": "data",
    "scenes": SCENES,
    "sources": SOURCES,
    "legend": LEGEND,
    "label": LABEL,
    "models": {"unet": {"architecture": "unet"}},
    "refinements": {"argmax": {"method": "argmax"}},
}
DATED = [
    {
        "name": name,
        "labelled": labelled,
        "fields": {"place": "town", "region": "coast", "date": date, "year": year},
    }
    for name, labelled, date, year in [
        ("north", True, "2020-05-01", "2020"),
        ("south", False, "2023-05-01", "2023"),
    ]
]
MAPS: dict[str, Any] = {
    "data": {"set": "potsdam", "root": "data"},
    "indices": {"brightness": "(red + green + blue) / 3"},
    "align": {"reference": "image", "crs": "EPSG:32632", "resolution": 0.5},
    "split": {"block_size": 128, "buffer": 64},
    "train": {
        "epochs": 30,
        "steps_per_epoch": 40,
        "rare_classes": 0.2,
        "optimizer": {"method": "sgd"},
        "schedule": {"method": "step", "epochs": 5},
        "averaging": {"method": "ema"},
        "loss": {"border": {"classes": ["building"]}},
        "augment": {
            **{name: {} for name in ("rotate", "shear", "elastic", "brightness", "contrast")},
            **{name: {} for name in ("gamma", "saturation", "hue", "haze", "shadow", "blur")},
            "erase": {},
            "scale": 0.1,
            "optical_bands": ["red", "green", "blue"],
        },
    },
    "models": {
        "unet": {
            "architecture": "unet",
            "encoder": "resnet34",
            "decoder_channels": [64, 32, 16, 8, 8],
            "weights": "imagenet",
            "freeze_encoder": True,
            "unfreeze_epoch": 3,
            "encoder_rate": 0.5,
            "upsampling": "bilinear",
            "dropout": 0.1,
            "seed": 3,
        },
        "forest": {"architecture": "random_forest", "features": ["red", "brightness"]},
        "two": {"members": ["unet", "forest"], "weights": [1.0, 2.0]},
        "given": {"model": "older.safetensors"},
    },
    "detectors": {"centre": {"architecture": "centre"}},
    "uncertainty": {"measures": ["entropy"]},
    "refinements": {
        "argmax": {"method": "argmax"},
        "densecrf": {"method": "densecrf", "models": ["unet"], "search": {}},
        "markov": {
            "method": "markov",
            "models": ["unet"],
            "minimiser": "annealing",
            "annealing": {},
            "bands": ["red", "green"],
        },
    },
    "vectorize": {
        "minimum_area": 4.0,
        "fill_holes": {"building": 2.0},
        "split_touching": {"classes": ["building"], "depth": 0.3},
        "simplify": {"tolerance": 1.0},
        "regularize": {"classes": ["building"], "maximum_departure": 1.0},
        "zonal": [{"band": "dsm", "name": "height"}],
    },
    "sample": {
        "map": "unet/argmax",
        "buffers": {"building": 4.0},
        "join": {"near building": "building"},
        "expected": {"road": 0.8},
        "design": "simple_random",
        "units": 80,
        "clusters": {"size": 100.0},
    },
    "change": {
        "pairs": [["north", "south"]],
        "kinds": {"sealed": {"before": ["other"], "after": ["road"]}},
        "minimum_area": 5.0,
    },
    "estimate": {"labelled": "places.gpkg", "design": "design.json", "join": {"road": "other"}},
}
METHODS: dict[str, Any] = {
    "scenes": [*DATED, {"name": "east", "role": "test", "height": 600, "width": 500}],
    "indices": {"brightness": "(red + green + blue) / 3"},
    "models": {
        "boosting": {"architecture": "gradient_boosting"},
        "clusters": {"architecture": "kmeans", "features": ["red"]},
        "threshold": {
            "architecture": "threshold",
            "feature": "brightness",
            "method": "multi_otsu",
            "intervals": 3,
            "classes": ["other", "road", "building"],
        },
        "fixed": {
            "architecture": "threshold",
            "feature": "red",
            "method": "fixed",
            "thresholds": [0.5],
        },
        "otsu": {"architecture": "threshold", "feature": "red", "classes": ["other", "road"]},
        "gamma": {"architecture": "gamma_likelihood", "band": "red", "looks": 4.0},
        "fpn": {"architecture": "fpn", "train": {"minutes": 5.0}},
        "gaussian": {"architecture": "gaussian_likelihood", "features": ["red"]},
        "deeplab": {
            "architecture": "deeplabv3",
            "output_stride": 16,
            "atrous_rates": [6, 12, 18],
            "weights": "imagenet",
            "freeze_encoder": True,
        },
        "original": {
            "architecture": "unet_original_padded",
            "width": 16,
            "activation": "elu",
            "train": {"epochs": 20, "steps_per_epoch": 10, "patience": 4, "batch_size": 2},
        },
    },
    "refinements": {
        method: {"method": method, "models": ["boosting"], "bands": ["red"], "abstain": 0.3}
        for method in ("superpixels", "watershed", "edges", "region_growing")
    },
    "train": {
        "minutes": 20.0,
        "window": 96,
        "averaging": {"method": "swa"},
        "schedule": {"method": "one_cycle"},
    },
    "split": {"random_split": False, "buffer_m": 30.0, "block_size": 128},
    "vectorize": {
        "split_touching": {"classes": ["building"], "method": "border", "border": "road"}
    },
    "change": {"by": "place"},
    "sample": {"map": "boosting/edges", "raster": "{scene}/regions.tif", "units": 80},
}
METHODS["refinements"] |= {
    "argmax": {"method": "argmax"},
    "markov": {"method": "markov", "models": ["boosting"]},
}
OBJECTS: dict[str, Any] = {
    "outline": {
        "classes": ["building", "road"],
        "group": "crowd",
        "label": {
            "path": "objects.gpkg",
            "column": None,
            "class_name": "building",
            "radius": 2.0,
            "override_crs": "EPSG:32632",
        },
    },
    "detectors": {
        "centre": {
            "architecture": "centre",
            "decoder": "fpn",
            "encoder": "resnet18",
            "weights": "imagenet",
            "seed": 4,
            "train": {"learning_rate": 0.002, "weight_decay": 0.1, "passes": 20.0},
        },
        "yolo": {"architecture": "yolo"},
        "both": {"members": ["centre", "yolo"], "weights": [1.0, 2.0]},
    },
    "suppressions": {
        "nms": {"method": "nms", "search": {}, "detectors": ["centre", "yolo"]},
        "soft": {"method": "soft_nms", "detectors": ["centre"]},
        "merge": {"method": "merge", "detectors": ["centre"]},
        "weighted": {"method": "weighted", "detectors": ["both", "yolo"]},
    },
    "train": {"schedule": {"method": "cosine"}},
    "detect": {"margin": 64, "largest": 20.0},
    "select": {"geometry": "map", "map": "unet/argmax"},
    "split": {"areas": {"path": "roles.gpkg", "layer": "roles", "encoding": "cp1252"}},
}
OBJECTS["split"]["areas"] |= {"roles": {"train": [1, 2], "test": [3]}, "crs": "EPSG:32632"}
PICTURES: dict[str, Any] = {
    "models": {"unet": {"architecture": "unet"}, "linknet": {"architecture": "linknet", "fold": 1}},
    "scenes": [
        {"name": "north", "simulate": 1},
        {"name": "east", "simulate": 2},
        {"name": "south", "labelled": False},
    ],
    "sources": {
        "optical": {"path": "{scene}/optical.tif", "bands": ["red", "green"]},
        "height": {"path": "{scene}/dsm.tif", "bands": ["dsm"]},
    },
    "label": {
        "path": "{scene}.png",
        "colors": {"#dddddd": "other", "#d7301f": "road"},
        "color_tolerance": 3,
        "override_crs": "EPSG:32632",
    },
    "protocol": {
        "set": "potsdam",
        "title": "ISPRS Potsdam",
        "split": "official",
        "labels": "eroded 3 px",
        "classes": ["other", "road"],
        "ignore": "clutter",
        "leak": "Chips of one photograph are in both lists.",
        "note": "The list of 2018.",
        "licence": "CC-BY-4.0",
        "citation": "ISPRS 2014",
    },
    "split": {
        "folds": 2,
        "groups": {
            "by": "polygon",
            "path": "fields.gpkg",
            "layer": "fields",
            "column": "farm",
            "encoding": "cp1252",
            "crs": "EPSG:32632",
        },
    },
}
DATES: dict[str, Any] = {
    "scenes": [
        {"name": "north", "dates": {"s2": ["20200301", "20200701"]}},
        {"name": "south", "dates": {"s2": ["20200310"]}, "lacks": ["dsm"], "labelled": False},
    ],
    "sources": {
        "s2": {
            "path": "{scene}_{date}.tif",
            "bands": ["red", "nir"],
            "slots": 2,
            "clouds": {"path": "{scene}_{date}_scl.tif"},
        },
        "dsm": {"path": "{scene}_dsm.tif", "bands": ["height"], "optional": True},
    },
    "models": {
        "unet": {
            "architecture": "unet",
            "fuse": "late",
            "encoders": {"dsm": "resnet34"},
        },
        "pooled": {"architecture": "unet", "dates": {"pooling": "max"}},
        "tempcnn": {"architecture": "tempcnn", "dates": {"steps": 16, "days": [1, 400]}},
    },
}

SEASONS: dict[str, Any] = {
    "scenes": [
        {"name": "north", "simulate": 1, "dates": {"optical": ["20200410"]}},
        {"name": "south", "simulate": 2, "dates": {"optical": ["20200410"]}, "labelled": False},
    ],
    "simulate": {"fields": {"dates": ["20200410", "20200701", "20201001"]}},
    "sources": {
        "optical": {"path": "{scene}_{date}.tif", "bands": ["nir", "red", "green"], "slots": 1}
    },
    "label": {"path": "{scene}.gpkg"},
}
PHOTOGRAPHS: dict[str, Any] = {
    "align": {"ungeoreferenced": "pixels"},
    "sources": {"photo": {"path": "{scene}.png", "bands": ["red", "green", "blue"]}},
    "label": {"path": "{scene}_label.png"},
}


EXAMPLES: dict[str, dict[str, Any]] = {
    name: {**BASE, **overlay}
    for name, overlay in (
        ("maps", MAPS),
        ("methods", METHODS),
        ("objects", OBJECTS),
        ("pictures", PICTURES),
        ("dates", DATES),
        ("seasons", SEASONS),
        ("photographs", PHOTOGRAPHS),
    )
}
"""The configurations by name."""
