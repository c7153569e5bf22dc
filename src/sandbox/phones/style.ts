// The look of the phones page. A text in the program, so that the compiled program needs no file beside it.

export const STYLE = `
:root { --ink:#16222e; --soft:#566573; --line:#d5dde5; --paper:#f3f6f9; --card:#fff; --me:#d9f4c7; --blue:#1565a8; --red:#a32020 }
* { box-sizing:border-box }
body { margin:0; font:16px/1.45 system-ui,"Be Vietnam Pro","Noto Sans",sans-serif; color:var(--ink); background:var(--paper) }
a { color:var(--blue) }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible { outline:3px solid #f0a500; outline-offset:1px }
body > header { padding:.7rem 1rem; background:#12395c; color:#fff }
body > header h1 { margin:0; font-size:1.15rem }
body > header p { margin:.1rem 0 0; font-size:.85rem; color:#d9e6f2 }
body > header a { color:#fff; margin-right:1rem; font-size:.9rem }
.frame { display:grid; grid-template-columns:19rem minmax(0,1fr); gap:1rem; padding:1rem; max-width:90rem; margin:0 auto }
nav form { display:flex; gap:.4rem; margin-bottom:.6rem }
nav input { flex:1; min-width:0 }
nav ul { list-style:none; margin:0 0 1rem; padding:0; border:1px solid var(--line); border-radius:.6rem; background:var(--card); overflow:auto; max-height:calc(100vh - 16rem); min-height:12rem }
nav li a { display:block; padding:.5rem .7rem; text-decoration:none; color:inherit; border-bottom:1px solid var(--line) }
nav li a[aria-current] { background:#e3eef8; box-shadow:inset 4px 0 var(--blue) }
nav b { display:block; overflow-wrap:anywhere }
nav small { display:block; color:var(--soft); overflow:hidden; text-overflow:ellipsis; white-space:nowrap }
input, button { font:inherit; padding:.45rem .7rem; border-radius:.5rem; border:1px solid #9aa9b8; min-height:2.6rem; max-width:100% }
button { background:var(--blue); color:#fff; border-color:var(--blue); cursor:pointer }
button.quiet { background:transparent; color:var(--blue); border-color:var(--line); min-height:2.2rem; padding:.2rem .6rem; font-size:.9rem }
.phones { display:grid; grid-template-columns:repeat(auto-fill,minmax(19rem,1fr)); gap:1rem; align-items:start }
.phone { background:var(--card); border:.5rem solid #22303c; border-radius:1.6rem; overflow:hidden; display:flex; flex-direction:column; height:34rem; width:100%; max-width:26rem }
.one .phone { height:calc(100vh - 9rem); min-height:30rem; max-width:30rem; margin:0 auto }
.one .phone.box { max-width:46rem }
.phone > header { display:flex; gap:.5rem; align-items:center; justify-content:space-between; padding:.5rem .8rem; border-bottom:1px solid var(--line) }
.phone > header.wide { flex-wrap:wrap }
.acts { display:flex; gap:.3rem }
.acts button { white-space:nowrap }
.phone h2 { margin:0; font-size:1rem; overflow-wrap:anywhere }
.phone h2 a { color:inherit; text-decoration:none }
.phone header small { color:var(--soft); display:block; font-weight:400 }
.screen { flex:1; overflow:auto; padding:.7rem; background:#dfe8ef; display:flex; flex-direction:column-reverse }
.box .screen { background:var(--card); display:block }
.talk { list-style:none; margin:0; padding:0; display:flex; flex-direction:column; gap:.5rem }
.talk > li { max-width:88% }
.talk > li.me { align-self:flex-end }
.bubble { background:var(--card); border-radius:.9rem; padding:.5rem .75rem; white-space:pre-wrap; overflow-wrap:anywhere }
.me .bubble { background:var(--me) }
.bubble img { max-width:100%; display:block; border-radius:.5rem }
.bubble blockquote { margin:.2rem 0; padding-left:.6rem; border-left:3px solid var(--blue) }
.bubble pre { margin:.2rem 0; overflow:auto }
.spoiler { background:#7b8894; color:transparent; border-radius:.2rem }
.spoiler:hover, .spoiler:focus { background:transparent; color:inherit }
.bubble time { display:block; text-align:right; font-size:.75rem; color:var(--soft) }
.keys { display:grid; gap:.3rem; margin-top:.3rem }
.keys > div { display:flex; gap:.3rem }
.keys form { flex:1; display:flex }
.keys button, .keys a { flex:1; text-align:center; background:#3d5a73; border-color:#3d5a73; color:#fff; border-radius:.6rem; padding:.45rem .5rem; text-decoration:none; overflow-wrap:anywhere }
.toast { margin:0; padding:.4rem .8rem; background:#22303c; color:#fff; font-size:.9rem }
.note { margin:auto; padding:1rem; text-align:center; color:var(--soft) }
.phone > footer { padding:.5rem; border-top:1px solid var(--line) }
.phone > footer form { display:flex; gap:.4rem }
.phone > footer input { flex:1; min-width:0 }
.alert { background:#fdecec; color:var(--red); border:1px solid #e3b4b4; border-radius:.6rem; padding:.6rem .9rem; margin:0 0 1rem }
.said { background:#e8f5e4; color:#22551b; border:1px solid #b9d8b2; border-radius:.6rem; padding:.6rem .9rem; margin:0 0 1rem }
.letter { border:1px solid var(--line); border-radius:.6rem; margin-bottom:.6rem; padding:.5rem .7rem }
.letter > summary { cursor:pointer; font-weight:600; overflow-wrap:anywhere }
.letter > summary small { display:block; font-weight:400; color:var(--soft) }
.letter iframe { width:100%; height:22rem; border:1px solid var(--line); border-radius:.4rem; background:#fff; margin-top:.5rem }
.letter pre { white-space:pre-wrap; overflow-wrap:anywhere; font:inherit; background:var(--paper); padding:.5rem; border-radius:.4rem }
.letter ul { padding-left:1.2rem; overflow-wrap:anywhere }
@media (max-width:760px) {
  .frame { grid-template-columns:minmax(0,1fr); padding:.6rem }
  .all nav, .one nav { display:none }
  .phones { grid-template-columns:minmax(0,1fr) }
  .one .phone { height:calc(100vh - 6.5rem); border-width:.25rem }
  body > header p { display:none }
  nav ul { max-height:none }
}
`;
