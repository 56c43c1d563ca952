"""Open a project for labelling in QGIS without a screen, label as a person would, save, draw it.

    python3 tests/qgis/label_places.py label.qgs FOLDER

Needs PyQGIS (Debian: python3-qgis), and nothing of rs_seg. Writes FOLDER/found.json, form.png (the
form of a place), list.png (the list beside it) and map.png (the map after "Next place").
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qgis.utils
from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsAttributeForm, QgsDualView, QgsGui, QgsMapCanvas
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QComboBox, QWidget


class Desk:
    """Stands for the window of QGIS, which there is none of here."""

    def __init__(self) -> None:
        self.canvas = QgsMapCanvas()
        self.canvas.resize(900, 600)
        self.canvas.setDestinationCrs(QgsProject.instance().crs())
        self.opened: list[int] = []
        self.messages: list[str] = []

    def mapCanvas(self) -> QgsMapCanvas:  # the name is QGIS's
        """The map."""
        return self.canvas

    def messageBar(self) -> Desk:  # the name is QGIS's
        """Where messages are shown."""
        return self

    def pushMessage(self, text: str) -> None:  # the name is QGIS's
        """A message."""
        self.messages.append(text)

    def openFeatureForm(self, layer: QgsVectorLayer, place: Any) -> None:  # the name is QGIS's
        """The form of a place, which is left open."""
        self.opened.append(place["id"])


def find_layer(name: str) -> QgsVectorLayer:
    """The layer with this name."""
    return QgsProject.instance().mapLayersByName(name)[0]


def describe(layer: QgsVectorLayer) -> dict[str, Any]:
    """What an interpreter sees of the layer."""
    names = [field.name() for field in layer.fields()]
    form = layer.editFormConfig()
    containers = form.invisibleRootContainer().children()
    return {
        "widgets": {
            name: layer.editorWidgetSetup(number).type() for number, name in enumerate(names)
        },
        "read_only": [name for number, name in enumerate(names) if form.readOnly(number)],
        "form": [member.name() for box in containers for member in box.children()],
        "columns": [
            column.name
            for column in layer.attributeTableConfig().columns()
            if not column.hidden and column.name
        ],
        "order": layer.attributeTableConfig().sortExpression(),
        "states": [own.label() for own in layer.renderer().categories()],
    }


def show_form(application: QgsApplication, layer: QgsVectorLayer, number: int) -> QgsAttributeForm:
    """The form of the place with this id."""
    request = QgsFeatureRequest().setFilterExpression(f'"id" = {number}')
    form = QgsAttributeForm(layer, next(layer.getFeatures(request)))
    form.resize(520, 260)
    form.show()
    application.processEvents()
    return form


def offered(form: QgsAttributeForm, wanted: str) -> list[list[str]]:
    """Texts and values of the drop-down that offers this text, nothing chosen left out."""
    for box in form.findChildren(QComboBox):
        entries = [[box.itemText(row), box.itemData(row)] for row in range(box.count())]
        # the box for searching begins with "Please select"
        if entries and entries[0][0] == wanted:
            return [entry for entry in entries if entry[0] != "(NULL)"]
    return []


def label(application: QgsApplication, layer: QgsVectorLayer, folder: Path) -> dict[str, Any]:
    """Label places 1 and 3 through their forms, and go to the next ones."""
    desk = Desk()
    qgis.utils.iface = desk
    layer.startEditing()
    form = show_form(application, layer, 1)
    choices = offered(form, "1 field"), offered(form, "high")
    for name, value in {"reference": 4, "confidence": "low", "comment": "half in shade"}.items():
        form.changeAttribute(name, value)
    saved = form.save()
    application.processEvents()
    grab(form, folder / "form.png")
    go_on(layer)
    for number in (2, 3):
        other = show_form(application, layer, number)
        other.changeAttribute("reference", 7)
        saved = other.save() and saved
    committed = layer.commitChanges()
    go_on(layer)
    draw(desk.canvas, folder / "map.png")
    return {"choices": choices, "saved": saved and committed, "opened": desk.opened}


def go_on(layer: QgsVectorLayer) -> None:
    """Run the action that goes to the next place."""
    (action,) = layer.actions().actions()
    code = action.command().replace("[% @layer_id %]", layer.id())
    exec(code, {})  # as QGIS does


def draw(canvas: QgsMapCanvas, path: Path) -> None:
    """The map as it is shown."""
    root = QgsProject.instance().layerTreeRoot()
    settings = QgsMapSettings()
    settings.setLayers([own for own in root.layerOrder() if root.findLayer(own.id()).isVisible()])
    settings.setDestinationCrs(QgsProject.instance().crs())
    settings.setExtent(canvas.extent())
    settings.setOutputSize(QSize(900, 600))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(path))


def grab(widget: QWidget, path: Path) -> None:
    """A picture of a widget."""
    widget.grab().save(str(path))


def main(arguments: list[str]) -> None:
    """Start QGIS, label, end QGIS."""
    project, folder = arguments[0], Path(arguments[1])
    application = QgsApplication([], True)
    application.initQgis()
    QgsGui.editorWidgetRegistry().initEditors()
    found: dict[str, Any] = {"read": QgsProject.instance().read(project)}
    nodes = QgsProject.instance().layerTreeRoot().findLayers()
    found["layers"] = [
        [node.name(), node.layer() is not None and node.layer().isValid()] for node in nodes
    ]
    layer = find_layer("Places to label")
    found |= describe(layer)
    found |= label(application, layer, folder)
    listed = QgsDualView()
    canvas = QgsMapCanvas()
    listed.init(layer, canvas)
    listed.resize(900, 400)
    listed.setView(QgsDualView.AttributeEditor)
    listed.show()
    application.processEvents()
    grab(listed, folder / "list.png")
    alone = QgsVectorLayer(layer.source(), "alone")
    found["alone"] = describe(alone) == {name: found[name] for name in describe(alone)}
    Path(folder, "found.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
    layer.rollBack()
    # windows that Python clears away after QGIS has ended make it crash (seen in 3.22)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
