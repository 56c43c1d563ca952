"""Open a project in QGIS without a screen, check every layer, draw it.

    python3 tests/qgis/check_project.py PROJECT.qgz OUT.png [FOUND.json]

Needs PyQGIS (Debian: python3-qgis), and nothing of rs_seg. Exit code 1 and one line per fault.
FOUND.json takes down what QGIS shows: the project, its layers from the top of the tree to the
bottom with their classes (value, label, colour), and the classes of the same files when each is
opened alone.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsProjectBadLayerHandler,
    QgsProjectVersion,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

Classes = list[tuple[str, str, str]]


class LostLayers(QgsProjectBadLayerHandler):
    """Takes down the layers for which QGIS would ask where they are."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handleBadLayers(self, layers: list[Any]) -> None:  # the name is QGIS's
        """Called by QGIS while it reads a project."""
        self.sources += [layer.namedItem("datasource").toElement().text() for layer in layers]


class Complaints:
    """Takes down what QGIS would show in its bar of messages."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str, tag: str, level: Qgis.MessageLevel) -> None:
        """Called by QGIS with every message."""
        if level in (Qgis.Warning, Qgis.Critical):
            self.texts.append(f"{tag}: {text}")


def classes_of(layer: QgsMapLayer) -> Classes:
    """Value, label and colour of each class of a layer, as texts; empty without classes."""
    renderer = layer.renderer()
    if renderer is None:
        return []
    if renderer.type() == "categorizedSymbol":
        categories = renderer.categories()
        return [
            (str(each.value()), each.label(), each.symbol().color().name()) for each in categories
        ]
    if renderer.type() == "paletted":
        return [(f"{each.value:g}", each.label, each.color.name()) for each in renderer.classes()]
    return []


def ends_of(layer: QgsMapLayer) -> list[str]:
    """Texts at the ends of a layer's colour bar; empty where it has none."""
    renderer = layer.renderer()
    if renderer is None or renderer.type() != "singlebandpseudocolor":
        return []
    settings = renderer.shader().rasterShaderFunction().legendSettings()
    return (
        [settings.minimumLabel(), settings.maximumLabel()] if settings.useContinuousLegend() else []
    )


def vector_faults(layer: QgsVectorLayer) -> list[str]:
    """What is wrong with a vector layer: no features, or values that no category draws."""
    faults = [] if layer.featureCount() > 0 else ["no features"]
    renderer = layer.renderer()
    if renderer.type() != "categorizedSymbol":
        return [*faults, f"drawn as {renderer.type()}, not by categories"]
    attribute = renderer.classAttribute()
    position = layer.fields().indexFromName(attribute)
    if position < 0:
        return [*faults, f"no field {attribute}"]
    drawn = {value for value, _, _ in classes_of(layer)}
    strange = {str(value) for value in layer.uniqueValues(position)} - drawn
    return [*faults, *(f"{attribute} {value} has no category" for value in sorted(strange))]


def raster_faults(layer: QgsRasterLayer) -> list[str]:
    """What is wrong with a raster layer: a palette without classes."""
    renderer = layer.renderer()
    if renderer is None:
        return ["no renderer"]
    empty = renderer.type() == "paletted" and not renderer.classes()
    return ["a palette without classes"] if empty else []


def layer_faults(layer: QgsMapLayer) -> list[str]:
    """What is wrong with a layer, one line each."""
    if not layer.isValid():
        # QGIS 3.22 crashes on the summary of no message.
        return (
            ["not valid"] if layer.error().isEmpty() else [f"not valid: {layer.error().summary()}"]
        )
    faults = [] if layer.crs().isValid() else ["no valid CRS"]
    return faults + (
        vector_faults(layer) if isinstance(layer, QgsVectorLayer) else raster_faults(layer)
    )


def project_faults(project: QgsProject) -> list[str]:
    """Faults of the project and questions of QGIS before it opens it, one line each."""
    checks = {
        "the project has no valid CRS": not project.crs().isValid(),
        "the project has no layers": not project.mapLayers(),
        "the project opens on no place": project.viewSettings().defaultViewExtent().isEmpty(),
        "the project holds macros": bool(project.readEntry("Macros", "/pythonCode", "")[0]),
        "the project is of a later QGIS": project.lastSaveVersion()
        > QgsProjectVersion(Qgis.QGIS_VERSION),
        "the project has absolute paths": project.filePathStorage() != Qgis.FilePathType.Relative,
    }
    return [fault for fault, found in checks.items() if found]


def describe_layer(node: QgsLayerTreeLayer) -> dict[str, Any]:
    """What a layer of the tree looks like to the user."""
    layer, groups, parent = node.layer(), [], node.parent()
    while parent is not None and parent.name():
        groups.insert(0, parent.name())
        parent = parent.parent()
    return {
        "name": node.name(),
        "groups": groups,
        "shown": node.isVisible(),
        "expanded": node.isExpanded(),
        "kind": layer.type().name if hasattr(layer.type(), "name") else str(layer.type()),
        "source": layer.source(),
        "valid": layer.isValid(),
        "classes": classes_of(layer),
        "ends": ends_of(layer),
    }


def describe_project(project: QgsProject) -> dict[str, Any]:
    """What the project looks like to the user, its layers from the top to the bottom."""
    view = project.viewSettings().defaultViewExtent()
    return {
        "title": project.title(),
        "crs": project.crs().authid(),
        "ellipsoid": project.ellipsoid(),
        "area_units": QgsUnitTypes.encodeUnit(project.areaUnits()),
        "view": [view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum()],
        "layers": [describe_layer(node) for node in project.layerTreeRoot().findLayers()],
    }


def open_alone(project: QgsProject, folder: Path) -> dict[str, Classes]:
    """Classes of each layer, and of each Shapefile of the folder, opened without the project."""
    found = {}
    for layer in project.mapLayers().values():
        alone = type(layer)(layer.source(), "alone")
        found[os.path.relpath(layer.source(), folder)] = (
            classes_of(alone) if alone.isValid() else []
        )
    for path in sorted(folder.rglob("*.shp")):
        alone = QgsVectorLayer(str(path), "alone")
        found[os.path.relpath(path, folder)] = classes_of(alone) if alone.isValid() else []
    return found


def draw_by_sld(folder: Path) -> dict[str, Classes]:
    """Condition, label and colour of each rule of SLDs beside Shapefiles, as QGIS reads them."""
    found = {}
    for path in sorted(folder.rglob("*.sld")):
        layer = QgsVectorLayer(str(path.with_suffix(".shp")), "styled")
        if layer.isValid():
            _, loaded = layer.loadSldStyle(str(path))
            rules = layer.renderer().rootRule().children() if loaded else []
            found[os.path.relpath(path, folder)] = [
                (rule.filterExpression(), rule.label(), rule.symbol().color().name())
                for rule in rules
            ]
    return found


def draw(project: QgsProject, path: str, *, width: int = 1200) -> None:
    """Draw the layers that are switched on, where the project opens."""
    view: QgsReferencedRectangle = project.viewSettings().defaultViewExtent()
    root = project.layerTreeRoot()
    settings = QgsMapSettings()
    settings.setLayers(
        [layer for layer in root.layerOrder() if root.findLayer(layer.id()).isVisible()]
    )
    settings.setDestinationCrs(project.crs())
    settings.setExtent(view)
    settings.setOutputSize(QSize(width, max(1, round(width * view.height() / view.width()))))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)


def check(path: str, picture: str, found: str | None) -> int:
    """Check the project and draw it; 0 when it has no fault."""
    project, lost, complaints = QgsProject.instance(), LostLayers(), Complaints()
    project.setBadLayerHandler(lost)
    QgsApplication.messageLog().messageReceived[str, str, Qgis.MessageLevel].connect(
        complaints.note
    )
    if not project.read(path):
        sys.stdout.write(f"{path}: cannot be read: {project.error()}\n")
        return 1
    faults = [f"QGIS asks where {source} is" for source in lost.sources]
    faults += project_faults(project)
    for layer in project.mapLayers().values():
        faults += [f"{layer.name()} ({layer.source()}): {fault}" for fault in layer_faults(layer)]
    if not project.viewSettings().defaultViewExtent().isEmpty():
        draw(project, picture)
    faults += [f"QGIS says: {text}" for text in complaints.texts]
    sys.stdout.writelines(f"{path}: {fault}\n" for fault in faults)
    layers, crs = len(project.mapLayers()), project.crs().authid() or "a CRS of its own"
    sys.stdout.write(f"{project.title()}: {layers} layers, {crs}, {len(faults)} faults\n")
    if found is not None:
        folder = Path(path).parent
        alone = {"alone": open_alone(project, folder), "sld": draw_by_sld(folder)}
        content = {**describe_project(project), "faults": faults, **alone}
        Path(found).write_text(json.dumps(content, indent=2), encoding="utf-8")
    QgsApplication.messageLog().messageReceived[str, str, Qgis.MessageLevel].disconnect(
        complaints.note
    )
    return 1 if faults else 0


def main(arguments: list[str]) -> int:
    """Start QGIS, check, end QGIS; 0 when the project has no fault."""
    if len(arguments) not in (2, 3):
        sys.stdout.write(f"{__doc__}\n")
        return 2
    application = QgsApplication([], False)
    application.initQgis()
    status = check(arguments[0], arguments[1], arguments[2] if len(arguments) == 3 else None)
    QgsProject.instance().clear()
    application.exitQgis()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
