/* Layers of pictures: tiles of each scene, in folders named by numbers. */
"use strict";
webMap.tileSize = 512;

/* Rows and columns of the tiles of a zoom that a scene touches. */
webMap.tilesOf = function (part, zoom) {
  const side = 2 ** (part.finest - zoom), size = webMap.tileSize;
  const [row, column, rowEnd, columnEnd] = part.window;
  return {
    min: L.point(Math.floor(Math.floor(column / side) / size), Math.floor(Math.floor(row / side) / size)),
    max: L.point(Math.ceil(Math.ceil(columnEnd / side) / size) - 1, Math.ceil(Math.ceil(rowEnd / side) / size) - 1),
  };
};

/* Leaflet asks for all tiles in view: where scenes lie far apart, that would be millions for each. */
webMap.clipTiles = function (range, part, zoom) {
  const { min, max } = webMap.tilesOf(part, zoom);
  range.min = L.point(Math.max(range.min.x, min.x), Math.max(range.min.y, min.y));
  range.max = L.point(Math.min(range.max.x, max.x), Math.min(range.max.y, max.y));
  return range;
};

/* Whether a tile, or one of those that hold it, shows nothing and has no file. */
webMap.isBlank = function (part, { x, y, z }) {
  for (; z >= part.coarsest; x >>= 1, y >>= 1, z -= 1) {
    if (part.blanks.has(`${z}/${y}_${x}`)) return true;
  }
  return false;
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
  getTileUrl: function ({ x, y, z }) {
    return `${webMap.folder}tiles/${this.part.key}/${z}/${y}_${x}.${this.part.suffix}`;
  },
  _pxBoundsToTileRange: function (bounds) {
    return webMap.clipTiles(L.TileLayer.prototype._pxBoundsToTileRange.call(this, bounds), this.part, this._tileZoom);
  },
  _isValidTile: function (place) {
    return !webMap.isBlank(this.part, place);
  },
});

webMap.makePictures = function (layer, pane) {
  const parts = Object.values(layer.scenes);
  return L.layerGroup(parts.map((part) => (part.layer = new webMap.SceneTiles(part, { pane }))));
};
