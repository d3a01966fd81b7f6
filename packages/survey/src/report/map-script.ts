/** The look of an interactive map. */
export const mapStyle = `
.livemap{position:relative}
.livemap .controls select{padding:6px 8px;font:inherit;border:1px solid #cbd2d9;border-radius:6px;background:#fff}
.livemap .controls button{padding:4px 11px;font:inherit;color:var(--ink);background:#fff;border:1px solid #cbd2d9;border-radius:6px;cursor:pointer}
.livemap .controls .hits{color:var(--muted)}
.livemap .stage{position:relative;height:min(680px,78vh);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.livemap canvas.points{position:absolute;inset:0;width:100%;height:100%;cursor:crosshair;touch-action:none}
.livemap canvas.points:focus-visible{outline:2px solid var(--blue);outline-offset:-2px}
.livemap .legend{margin:12px 0 0}
.livemap .legend button{all:unset;cursor:pointer;display:inline-flex;align-items:baseline}
.livemap .legend button:focus-visible{outline:2px solid var(--blue)}
.livemap .legend button[aria-pressed=false]{opacity:.38;text-decoration:line-through}
.livemap .ramp{width:220px;height:11px;border-radius:3px;margin:0 8px}
.livemap .tip{position:absolute;z-index:2;pointer-events:none;max-width:300px;padding:8px 10px;background:#fffffff2;border:1px solid #cbd2d9;border-radius:8px;box-shadow:0 3px 12px #1f293322;font-size:12.5px;line-height:1.4}
.livemap .tip b,.livemap .pin b{display:block;overflow-wrap:anywhere}
.livemap dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:0 10px;margin:2px 0 0}
.livemap dt{color:var(--muted)}.livemap dd{margin:0;overflow-wrap:anywhere}
.livemap canvas.thumb{display:block;width:128px;height:128px;margin:5px 0 2px;image-rendering:pixelated;background:#0d1117;border-radius:4px}
.livemap .pins{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:12px;margin:14px 0 0}
.livemap .pin{position:relative;padding:9px 11px;border:1px solid var(--line);border-radius:10px;font-size:12.5px;line-height:1.4;min-width:0}
.livemap .pin button{position:absolute;top:4px;right:6px;padding:2px 7px;border:0;background:none;font:inherit;color:var(--muted);cursor:pointer}
[hidden]{display:none!important}
@media print{.livemap .stage{break-inside:avoid}}`;

/**
 * An interactive map: points on a canvas that pans and zooms (three-dimensional ones turn), colors by a column chosen, names under the
 * pointer, pins by a click, a legend that hides, a search. Text goes into the page as text nodes only. Without script the picture of the
 * page stands there.
 */
export const mapScript = `
(function(){
'use strict';
document.querySelectorAll('[data-livemap]').forEach(function(box){
  var data=JSON.parse(box.querySelector('script[type="application/json"]').textContent);
  var dims=data.dims,xyz=data.points,n=xyz.length/dims,cols=data.columns;
  var find=function(name){return box.querySelector(name)};
  var canvas=find('canvas.points'),stage=find('.stage'),tip=find('.tip'),legend=find('.live-legend'),pins=find('.pins');
  var select=find('select'),search=find('input[type=search]'),found=find('.hits');
  box.querySelector('.static').hidden=true;box.querySelector('.live').hidden=false;
  var ctx=canvas.getContext('2d',{alpha:false}),width=1,height=1,ratio=1;
  var k=1,tx=0,ty=0,turn=[1,0,0,0,1,0,0,0,1];
  var px=new Float32Array(n),py=new Float32Array(n),pz=new Float32Array(n);
  var column=null,code=null,colors=['#0072b2'],off=new Set(),order=null,rgb=null,dot=null,image=null,radius=n>5000?2.5:n>1000?3.5:5;
  var hits=null,pinned=[],over=-1,queued=false;
  var missing='#b8c0c8';
  var sheet=null;
  if(data.sprite){sheet=new Image();sheet.onload=function(){box.dataset.thumbnails='ready'};sheet.src=data.sprite.src}

  function project(){
    for(var i=0;i<n;i++){
      if(dims===2){px[i]=xyz[2*i];py[i]=xyz[2*i+1];continue}
      var x=xyz[3*i],y=xyz[3*i+1],z=xyz[3*i+2];
      px[i]=turn[0]*x+turn[1]*y+turn[2]*z;py[i]=turn[3]*x+turn[4]*y+turn[5]*z;pz[i]=turn[6]*x+turn[7]*y+turn[8]*z;
    }
    arrange();
  }
  /* Drawn last is seen best: the few over the many, in three dimensions the near over the far. */
  function arrange(){
    order=new Uint32Array(n);
    var bins=dims===3?64:colors.length+1,counts=new Uint32Array(bins+1),rank=new Uint16Array(n);
    var size=new Uint32Array(colors.length+1),i,b;
    if(dims===2){
      for(i=0;i<n;i++)size[code[i]+1]++;
      var by=Array.from(size.keys()).sort(function(p,q){return column&&column.kind==='number'?p-q:(p===0?-1:q===0?1:size[q]-size[p])});
      var place=new Uint16Array(size.length);by.forEach(function(c,at){place[c]=at});
      for(i=0;i<n;i++)rank[i]=place[code[i]+1];
    }else for(i=0;i<n;i++)rank[i]=Math.max(0,Math.min(63,Math.floor(32*(pz[i]/1.8+1))));
    for(i=0;i<n;i++)counts[rank[i]+1]++;
    for(b=0;b<bins;b++)counts[b+1]+=counts[b];
    for(i=0;i<n;i++)order[counts[rank[i]]++]=i;
  }
  function scale(){return 0.47*Math.min(width,height)*k}
  function sx(i){return width/2+tx+scale()*px[i]}
  function sy(i){return height/2+ty-scale()*py[i]}
  function shown(i){return !off.has(code[i])}
  /* How much of each pixel a dot covers. Twenty thousand dots are drawn into bytes several times as fast as by the canvas itself. */
  function dotOf(r){
    var half=Math.ceil(r+0.5),side=2*half+1,cover=new Float32Array(side*side);
    for(var y=0;y<side;y++)for(var x=0;x<side;x++)cover[y*side+x]=Math.max(0,Math.min(1,r+0.5-Math.hypot(x-half,y-half)));
    return {half:half,side:side,cover:cover};
  }
  function draw(){
    queued=false;
    var started=performance.now(),r=Math.min(9,radius*Math.pow(k,0.35));
    if(!dot||dot.r!==r*ratio){dot=dotOf(r*ratio);dot.r=r*ratio}
    var w=canvas.width,h=canvas.height,bytes=image.data,half=dot.half,side=dot.side,cover=dot.cover;
    var s=scale()*ratio,cx=(width/2+tx)*ratio,cy=(height/2+ty)*ratio;
    bytes.fill(255);
    for(var at=0;at<n;at++){
      var i=order[at];if(!shown(i))continue;
      var x=Math.round(cx+s*px[i])-half,y=Math.round(cy-s*py[i])-half;
      if(x<-side||y<-side||x>=w||y>=h)continue;
      var c=3*(code[i]+1),red=rgb[c],green=rgb[c+1],blue=rgb[c+2];
      var alpha=hits&&!hits.has(i)?0.07:dims===3?0.35+0.4*Math.max(0,Math.min(1,pz[i]/2+0.5)):0.75;
      var left=Math.max(0,-x),right=Math.min(side,w-x),end=Math.min(side,h-y);
      for(var v=Math.max(0,-y);v<end;v++){
        for(var u=left,to=4*((y+v)*w+x+left);u<right;u++,to+=4){
          var a=alpha*cover[v*side+u];
          if(a===0)continue;
          bytes[to]+=a*(red-bytes[to]);bytes[to+1]+=a*(green-bytes[to+1]);bytes[to+2]+=a*(blue-bytes[to+2]);
        }
      }
    }
    ctx.putImageData(image,0,0);
    ctx.setTransform(ratio,0,0,ratio,0,0);
    function ring(j,color,extra){if(!shown(j))return;ctx.beginPath();ctx.strokeStyle=color;ctx.lineWidth=2;ctx.arc(sx(j),sy(j),r+extra,0,7);ctx.stroke()}
    if(hits&&hits.size<=2000)hits.forEach(function(j){ring(j,'#1f2933',2)});
    pinned.forEach(function(j){ring(j,'#d55e00',4)});
    if(over>=0)ring(over,'#1f2933',3);
    /* For tests, and for whoever wonders: milliseconds of the last drawing, and where one looks. */
    box.dataset.drawn=(performance.now()-started).toFixed(2);box.dataset.view=[k,tx,ty].map(function(v){return v.toFixed(3)}).join(' ');
  }
  function later(){if(!queued&&image){queued=true;requestAnimationFrame(draw)}}
  function resize(){
    ratio=window.devicePixelRatio||1;width=stage.clientWidth;height=stage.clientHeight;
    canvas.width=Math.round(width*ratio);canvas.height=Math.round(height*ratio);
    image=ctx.createImageData(canvas.width,canvas.height);draw();
  }

  function number(v){if(v===null)return '\\u2013';var a=Math.abs(v);return a!==0&&(a>=1e9||a<1e-3)?v.toExponential(2):String(a>=1000?+v.toFixed(4):+v.toPrecision(5))}
  function valueOf(c,i){
    if(c.kind==='class'){var j=c.codes[i];return j<0?'\\u2013':c.names[j]}
    if(c.kind==='number')return number(c.values[i]);
    return c.values[i]===''?'\\u2013':c.values[i];
  }
  var ramp=['#440154','#472d7b','#3b528b','#2c728e','#21918c','#28ae80','#5ec962','#addc30','#fde725'];
  function shade(t){
    var at=Math.max(0,Math.min(1,t))*(ramp.length-1),a=Math.min(ramp.length-2,Math.floor(at)),f=at-a,out='#';
    for(var c=1;c<7;c+=2){
      var p=parseInt(ramp[a].substr(c,2),16),q=parseInt(ramp[a+1].substr(c,2),16);
      out+=Math.round(p+f*(q-p)).toString(16).padStart(2,'0');
    }
    return out;
  }
  function el(name,className,text){var e=document.createElement(name);if(className)e.className=className;if(text!==undefined)e.textContent=text;return e}
  function entry(c,color,text){
    var b=el('button'),s=el('i','swatch');b.type='button';s.style.background=color;b.append(s,document.createTextNode(text));
    b.setAttribute('aria-pressed',String(!off.has(c)));b.title='click: hide or show; double click: this alone';
    b.addEventListener('click',function(){if(off.has(c))off.delete(c);else off.add(c);press()});
    b.addEventListener('dblclick',function(){
      var all=Array.from(legend.querySelectorAll('button')).map(function(x){return x.code}),alone=all.every(function(x){return x===c||off.has(x)});
      off=new Set(alone?[]:all.filter(function(x){return x!==c}));press();
    });
    b.code=c;return b;
  }
  function press(){legend.querySelectorAll('button').forEach(function(b){b.setAttribute('aria-pressed',String(!off.has(b.code)))});over=-1;tip.hidden=true;later()}
  function colorBy(which){
    column=cols[which]||null;off=new Set();code=new Int16Array(n);legend.replaceChildren();
    if(!column){colors=['#0072b2']}
    else if(column.kind==='class'){
      colors=column.colors;code.set(column.codes);
      var counts=new Uint32Array(colors.length+1);column.codes.forEach(function(c){counts[c+1]++});
      Array.from(counts.keys()).slice(1).sort(function(a,b){return counts[b]-counts[a]}).forEach(function(c){
        if(counts[c])legend.append(entry(c-1,colors[c-1],column.names[c-1]+' ('+counts[c].toLocaleString('en')+')'));
      });
      if(counts[0])legend.append(entry(-1,missing,'without value ('+counts[0].toLocaleString('en')+')'));
    }else{
      var low=column.low,high=column.high,steps=48,none=0;
      colors=[];for(var c=0;c<steps;c++)colors.push(shade(c/(steps-1)));
      column.values.forEach(function(v,i){
        if(v===null){code[i]=-1;none++}
        else code[i]=Math.max(0,Math.min(steps-1,Math.round((steps-1)*(high>low?(v-low)/(high-low):0.5))));
      });
      var bar=el('span','ramp');bar.style.background='linear-gradient(90deg,'+ramp.join(',')+')';
      legend.append(el('span','',number(low)),bar,el('span','',number(high)));
      if(none)legend.append(entry(-1,missing,'without value ('+none.toLocaleString('en')+')'));
    }
    var paint=document.createElement('canvas').getContext('2d',{willReadFrequently:true});
    rgb=new Uint8Array(3*(colors.length+1));
    [missing].concat(colors).forEach(function(color,c){
      /* Whatever way a color is written in, the canvas knows its bytes. */
      paint.fillStyle=color;paint.fillRect(0,0,1,1);rgb.set(paint.getImageData(0,0,1,1).data.subarray(0,3),3*c);
    });
    project();later();
  }
  function describe(target,i){
    target.append(el('b','',data.title>=0?valueOf(cols[data.title],i):'row '+data.rows[i]));
    if(sheet&&sheet.complete){
      var s=data.sprite,t=el('canvas','thumb');t.width=t.height=s.size;
      t.getContext('2d').drawImage(sheet,(i%s.across)*s.size,Math.floor(i/s.across)*s.size,s.size,s.size,0,0,s.size,s.size);
      target.append(t);
    }
    var list=el('dl');
    cols.forEach(function(c,at){if(at!==data.title)list.append(el('dt','',c.name),el('dd','',valueOf(c,i)))});
    if(data.title>=0)list.append(el('dt','','row'),el('dd','',String(data.rows[i])));
    target.append(list);
  }
  function near(x,y){
    var best=-1,least=144;
    for(var at=n-1;at>=0;at--){
      var i=order[at];if(!shown(i)||(hits&&!hits.has(i)))continue;
      var dx=sx(i)-x,dy=sy(i)-y,d=dx*dx+dy*dy;
      if(d<least){least=d;best=i}
    }
    return best;
  }
  function pointAt(x,y){
    var i=near(x,y);
    if(i!==over){over=i;later();tip.replaceChildren();if(i>=0)describe(tip,i)}
    tip.hidden=i<0;
    if(i<0)return;
    tip.style.left=Math.max(4,x+18+tip.offsetWidth>width?x-18-tip.offsetWidth:x+18)+'px';
    tip.style.top=Math.max(4,Math.min(height-tip.offsetHeight-4,y-20))+'px';
  }
  function pin(i){
    if(pinned.indexOf(i)>=0){unpin(i);return}
    pinned.push(i);
    var card=el('div','pin'),close=el('button','','\\u00d7');close.type='button';close.setAttribute('aria-label','unpin');
    close.addEventListener('click',function(){unpin(i)});
    describe(card,i);card.append(close);card.point=i;pins.append(card);later();
  }
  function unpin(i){
    pinned=pinned.filter(function(j){return j!==i});
    Array.from(pins.children).forEach(function(c){if(c.point===i)c.remove()});later();
  }
  function zoom(f,x,y){
    var to=Math.max(0.5,Math.min(400,k*f));f=to/k;k=to;
    tx=x-width/2-f*(x-width/2-tx);ty=y-height/2-f*(y-height/2-ty);later();
  }
  function rotate(dx,dy){
    var a=dx*0.008,b=dy*0.008,ca=Math.cos(a),sa=Math.sin(a),cb=Math.cos(b),sb=Math.sin(b);
    /* About the vertical of the screen, then about its horizontal; the near side follows the pointer. */
    var r=[ca,0,sa,sb*sa,cb,-sb*ca,-cb*sa,sb,cb*ca],t=turn,out=[];
    for(var row=0;row<3;row++)for(var c=0;c<3;c++)out.push(r[3*row]*t[c]+r[3*row+1]*t[3+c]+r[3*row+2]*t[6+c]);
    turn=out;project();later();
  }
  function reset(){k=1;tx=ty=0;turn=[1,0,0,0,1,0,0,0,1];project();later()}

  var down=null,touches=new Map();
  function place(e){var b=canvas.getBoundingClientRect();return [e.clientX-b.left,e.clientY-b.top]}
  canvas.addEventListener('pointerdown',function(e){
    var p=place(e);touches.set(e.pointerId,p);canvas.setPointerCapture(e.pointerId);
    down={x:p[0],y:p[1],moved:touches.size>1};tip.hidden=true;
  });
  canvas.addEventListener('pointermove',function(e){
    var p=place(e);
    if(!down){pointAt(p[0],p[1]);return}
    var before=touches.get(e.pointerId)||p;
    if(touches.size===2){
      var other;touches.forEach(function(q,id){if(id!==e.pointerId)other=q});
      var was=Math.hypot(before[0]-other[0],before[1]-other[1]),is=Math.hypot(p[0]-other[0],p[1]-other[1]);
      if(was>0)zoom(is/was,(p[0]+other[0])/2,(p[1]+other[1])/2);
    }else if(down.moved||Math.hypot(p[0]-down.x,p[1]-down.y)>3){
      down.moved=true;
      if(dims===3&&!e.shiftKey)rotate(p[0]-before[0],p[1]-before[1]);
      else{tx+=p[0]-before[0];ty+=p[1]-before[1];later()}
    }
    touches.set(e.pointerId,p);
  });
  function up(e){
    touches.delete(e.pointerId);
    if(down&&!down.moved&&e.type==='pointerup'){var i=near(down.x,down.y);if(i>=0)pin(i)}
    if(touches.size===0)down=null;
  }
  canvas.addEventListener('pointerup',up);canvas.addEventListener('pointercancel',up);
  canvas.addEventListener('pointerleave',function(){if(over>=0){over=-1;later()}tip.hidden=true});
  canvas.addEventListener('wheel',function(e){e.preventDefault();var p=place(e);zoom(Math.exp(-e.deltaY*0.0016),p[0],p[1])},{passive:false});
  canvas.addEventListener('keydown',function(e){
    var step=40,move={ArrowLeft:[step,0],ArrowRight:[-step,0],ArrowUp:[0,step],ArrowDown:[0,-step]}[e.key];
    if(move&&dims===3&&!e.shiftKey)rotate(-move[0]/3,-move[1]/3);
    else if(move){tx+=move[0];ty+=move[1];later()}
    else if(e.key==='+'||e.key==='=')zoom(1.4,width/2,height/2);
    else if(e.key==='-')zoom(1/1.4,width/2,height/2);
    else if(e.key==='0')reset();
    else return;
    e.preventDefault();
  });
  find('.in').addEventListener('click',function(){zoom(1.6,width/2,height/2)});
  find('.out').addEventListener('click',function(){zoom(1/1.6,width/2,height/2)});
  find('.reset').addEventListener('click',reset);
  select.addEventListener('change',function(){colorBy(Number(select.value))});

  function look(){
    var q=search.value.trim().toLowerCase();hits=null;found.textContent='';
    if(q!==''){
      hits=new Set();
      cols.forEach(function(c){
        if(c.kind==='number')return;
        if(c.kind==='class'){
          var fits=c.names.map(function(v){return v.toLowerCase().indexOf(q)>=0});
          c.codes.forEach(function(v,i){if(v>=0&&fits[v])hits.add(i)});
        }else c.values.forEach(function(v,i){if(v.toLowerCase().indexOf(q)>=0)hits.add(i)});
      });
      found.textContent=hits.size.toLocaleString('en')+' of '+n.toLocaleString('en');
    }
    later();
  }
  search.addEventListener('input',look);
  /* Enter goes where the first of those found lies, and pins it. */
  search.addEventListener('keydown',function(e){
    if(e.key!=='Enter'||!hits||hits.size===0)return;
    e.preventDefault();
    var i=Array.from(hits).find(function(j){return shown(j)&&pinned.indexOf(j)<0});
    if(i===undefined)return;
    if(k<3)k=3;tx=-scale()*px[i];ty=scale()*py[i];pin(i);
  });
  window.addEventListener('resize',resize);
  colorBy(Number(select.value));resize();
});
})();`;
