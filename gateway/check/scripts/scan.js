// Reads QR codes, in pictures and from the camera. Nothing leaves the page: the library's program is in it.
"use strict";

const SOON = 150;
const LONGEST_SIDE = 4096;
// A picture is read as it is, then smaller, where noise disappears, then larger, for small scans.
const SCALES = [1, 0.5, 0.25, 2];
const SHORTEST_SIDE = 200;
const OPTIONS = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 8 };
let library = null;

const loadLibrary = () => {
  library ??= (async () => {
    const program = decodeBase64(document.getElementById("zxing").textContent.trim());
    await ZXingWASM.prepareZXingModule({ overrides: { wasmBinary: program.buffer }, fireImmediately: true });
  })();
  return library;
};

const readCodes = async (pixels) => {
  await loadLibrary();
  const found = await ZXingWASM.readBarcodes(pixels, OPTIONS);
  return found.filter((one) => one.isValid && one.text).map((one) => one.text);
};

const drawScaled = (canvas, source, width, height) => {
  canvas.width = width;
  canvas.height = height;
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  // Transparent parts of a picture are paper, not ink.
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, width, height);
  paper.drawImage(source, 0, 0, width, height);
  return paper.getImageData(0, 0, width, height);
};

// Returns the texts of the QR codes of a picture, [] without any. Rejects for a file that is not a picture.
const readPicture = async (file) => {
  const picture = await createImageBitmap(file);
  const longest = Math.max(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  try {
    for (const scale of SCALES) {
      const factor = Math.min(scale, LONGEST_SIDE / longest);
      if (factor * longest < SHORTEST_SIDE && scale < 1) continue;
      const size = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * factor)));
      const texts = await readCodes(drawScaled(canvas, picture, ...size));
      if (texts.length) return texts;
    }
    return [];
  } finally {
    picture.close();
  }
};

const isPdf = async (file) => new TextDecoder("latin1").decode(await file.slice(0, 1024).arrayBuffer()).includes("%PDF-");

// The camera: shows what it sees in `video` and calls `onTexts` with the texts of each QR code until it is stopped.
class Camera {
  constructor(video, onTexts) {
    this.video = video;
    this.onTexts = onTexts;
    this.stream = null;
  }

  async start() {
    await loadLibrary();
    const video = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.look(this.stream, document.createElement("canvas"));
  }

  async look(stream, canvas) {
    while (this.stream === stream) {
      const { videoWidth, videoHeight } = this.video;
      if (videoWidth) {
        const texts = await readCodes(drawScaled(canvas, this.video, videoWidth, videoHeight));
        if (texts.length && this.stream === stream) this.onTexts(texts);
      }
      await new Promise((done) => setTimeout(done, SOON));
    }
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
