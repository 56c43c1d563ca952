/* Layers of pictures: tiles of each scene, in folders named by numbers. */
"use strict";
webMap.tileSize = 512;

/* Whether a scene has a file for a tile: it overlaps the scene, and neither it nor a larger one is blank. */
webMap.hasTile = function (part, zoom, row, column) {
  const side = 2 ** (part.finest - zoom), size = webMap.tileSize;
  const [firstRow, firstColumn, lastRow, lastColumn] = part.window;
  if (row < Math.floor(Math.floor(firstRow / side) / size) || row >= Math.ceil(lastRow / side) / size) return false;
  if (column < Math.floor(Math.floor(firstColumn / side) / size) || column >= Math.ceil(lastColumn / side) / size) return false;
  for (let z = zoom, r = row, c = column; z >= part.coarsest; z -= 1, r >>= 1, c >>= 1) {
    if (part.blanks.has(`${z}/${r}_${c}`)) return false;
  }
  return true;
};

webMap.SceneTiles = L.TileLayer.extend({
  initialize: function (part, options) {
    this.part = Object.assign(part, { blanks: new Set(part.blank) });
    L.TileLayer.prototype.initialize.call(this, "", Object.assign({
      tileSize: webMap.tileSize,
      minNativeZoom: part.coarsest,
      maxNativeZoom: part.finest,
      minZoom: 0,
      maxZoom: webMap.greatestZoom,
      noWrap: true,
      keepBuffer: 1,
    }, options));
  },
  getTileUrl: function (place) {
    return `${webMap.folder}tiles/${this.part.key}/${place.z}/${place.y}_${place.x}.${this.part.suffix}`;
  },
  createTile: function (place, done) {
    if (webMap.hasTile(this.part, this._getZoomForUrl(), place.y, place.x)) {
      return L.TileLayer.prototype.createTile.call(this, place, done);
    }
    setTimeout(done, 0, null);
    return L.DomUtil.create("div");
  },
});

webMap.makePictures = function (layer, pane) {
  const parts = Object.values(layer.scenes);
  return L.layerGroup(parts.map((part) => new webMap.SceneTiles(part, { pane })));
};
