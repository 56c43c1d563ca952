"""Open a project in QGIS without a screen, check every layer, draw it.

    python3 tests/qgis/check_project.py PROJECT.qgz OUT.png

Needs PyQGIS (Debian: python3-qgis), and nothing of rs_seg. Exit code 1 and one line per fault.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


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
    drawn = {str(category.value()) for category in renderer.categories()}
    strange = {str(value) for value in layer.uniqueValues(position)} - drawn
    return [*faults, *(f"{attribute} {value} has no category" for value in sorted(strange))]


def raster_faults(layer: QgsRasterLayer) -> list[str]:
    """What is wrong with a raster layer: a palette without classes."""
    renderer = layer.renderer()
    if renderer is None:
        return ["no renderer"]
    empty = isinstance(renderer, QgsPalettedRasterRenderer) and not renderer.classes()
    return ["a palette without classes"] if empty else []


def project_faults(project: QgsProject) -> list[str]:
    """Every fault of the project and its layers, one line each."""
    faults = [] if project.crs().isValid() else ["the project has no valid CRS"]
    faults += [] if project.mapLayers() else ["the project has no layers"]
    faults += ["the project opens on no place"] if project.viewSettings().defaultViewExtent().isEmpty() else []
    for layer in project.mapLayers().values():
        place = f"{layer.name()} ({layer.source()})"
        if not layer.isValid():
            faults.append(f"{place}: not valid: {layer.error().summary()}")
            continue
        if not layer.crs().isValid():
            faults.append(f"{place}: no valid CRS")
        found = vector_faults(layer) if isinstance(layer, QgsVectorLayer) else raster_faults(layer)
        faults += [f"{place}: {fault}" for fault in found]
    return faults


def draw(project: QgsProject, path: str, *, width: int = 1200) -> None:
    """Draw the layers that are switched on, where the project opens."""
    view: QgsReferencedRectangle = project.viewSettings().defaultViewExtent()
    root = project.layerTreeRoot()
    settings = QgsMapSettings()
    settings.setLayers([layer for layer in root.layerOrder() if root.findLayer(layer.id()).isVisible()])
    settings.setDestinationCrs(project.crs())
    settings.setExtent(view)
    settings.setOutputSize(QSize(width, max(1, round(width * view.height() / view.width()))))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)


def main(arguments: list[str]) -> int:
    """Check the project and draw it; 0 when it has no fault."""
    if len(arguments) != 2:
        sys.stdout.write(f"{__doc__}\n")
        return 2
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    if not project.read(arguments[0]):
        sys.stdout.write(f"{arguments[0]}: cannot be read: {project.error()}\n")
        return 1
    faults = project_faults(project)
    for fault in faults:
        sys.stdout.write(f"{arguments[0]}: {fault}\n")
    layers, crs = len(project.mapLayers()), project.crs().authid() or "a CRS of its own"
    sys.stdout.write(f"{project.title()}: {layers} layers, {crs}, {len(faults)} faults\n")
    if not project.viewSettings().defaultViewExtent().isEmpty():
        draw(project, arguments[1])
    project.clear()
    application.exitQgis()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
