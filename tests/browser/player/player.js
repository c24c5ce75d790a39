// What a page of a front end does: asks the API for a lesson, and plays its film.
const QUERY = `query ($slug: String!) {
  lesson(by: {slug: $slug}) {
    title
    video { hlsUrl posterUrl downloadUrl durationSeconds captions { url language label } }
    course { cover { url resized(width: 320, format: WEBP) } }
  }
}`;

const video = document.querySelector("video");

window.ask = async (slug) => {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: {"content-type": "application/json"},
    body: JSON.stringify({query: QUERY, variables: {slug}}),
  });
  return (await answer.json()).data.lesson;
};

window.playHls = (film) => new Promise((resolve, reject) => {
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, told) => told.fatal && reject(new Error(told.details)));
  video.addEventListener("loadeddata", () => resolve(hls.levels.length), {once: true});
  hls.loadSource(film.hlsUrl);
  hls.attachMedia(video);
});

window.playFile = (url) => new Promise((resolve, reject) => {
  video.addEventListener("loadeddata", () => resolve(), {once: true});
  video.addEventListener("error", () => reject(new Error(video.error.message)), {once: true});
  video.src = url;
});

window.caption = (track) => new Promise((resolve) => {
  const element = document.createElement("track");
  element.addEventListener("load", () => resolve(element.track.cues.length));
  Object.assign(element, {kind: "captions", srclang: track.language, src: track.url});
  video.append(element);
  element.track.mode = "showing";
});

window.seek = (seconds) => new Promise((resolve) => {
  video.addEventListener("seeked", () => resolve(video.currentTime), {once: true});
  video.currentTime = seconds;
});

window.shown = () => video.textTracks[0].activeCues[0].text;

// The picture that is to be seen, in 16 by 9 grey values.
window.picture = () => {
  const canvas = new OffscreenCanvas(16, 9);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 16, 9);
  const {data} = context.getImageData(0, 0, 16, 9);
  return Array.from({length: 144}, (_, at) => data[at * 4] + data[at * 4 + 1] + data[at * 4 + 2]);
};

window.played = async (seconds) => {
  const from = video.currentTime;
  await video.play();
  while (video.currentTime < from + seconds) await new Promise((go) => setTimeout(go, 50));
  video.pause();
  return video.currentTime - from;
};
