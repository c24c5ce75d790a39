// What a page does to play a lesson: a film by hls.js with its captions, or a file as it is.
export function show({ hlsUrl, fileUrl, captionsUrl }) {
  const video = document.createElement("video");
  Object.assign(video, { id: "film", muted: true, crossOrigin: captionsUrl ? "anonymous" : null });
  video.style = "width: 640px; height: 360px; display: block";
  document.body.replaceChildren(video);
  if (captionsUrl) {
    const track = document.createElement("track");
    Object.assign(track, { kind: "captions", srclang: "zh-Hans", src: captionsUrl, default: true });
    video.append(track);
    track.track.mode = "hidden"; // read, and not painted over the picture
  }
  if (!hlsUrl) {
    video.src = fileUrl;
    return;
  }
  const player = new window.Hls({ startLevel: 0 });
  window.faults = [];
  player.on(window.Hls.Events.ERROR, (_, { details, fatal }) => fatal && window.faults.push(details));
  player.on(window.Hls.Events.MANIFEST_PARSED, (_, { levels }) => {
    window.levels = levels.map(({ height }) => height);
  });
  player.loadSource(hlsUrl);
  player.attachMedia(video);
}
