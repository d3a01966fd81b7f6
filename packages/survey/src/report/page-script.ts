/**
 * The page's whole script: sort, filter and page through tables, mask on and off, larger pictures. It builds rows from
 * text nodes only, so no file name is ever parsed as markup. Without script the first page of every table stands there.
 */
export const pageScript = `
(function(){
'use strict';
document.querySelectorAll('[data-table]').forEach(function(box){
  var data=JSON.parse(box.querySelector('script').textContent),cols=data.columns,all=data.rows,flags=data.flags;
  var order=all.map(function(_,i){return i}),shown=order,page=0,size=data.pageSize,sort=data.sort,dir=data.direction;
  var body=box.querySelector('tbody'),count=box.querySelector('.count'),search=box.querySelector('input');
  var back=box.querySelector('.back'),next=box.querySelector('.next');
  function text(v,c){
    if(v===null)return '\\u2013';
    if(c.kind==='text'||c.kind==='wrap')return String(v);
    if(c.kind==='percent')return (100*v).toFixed(c.digits)+' %';
    return v.toFixed(c.digits);
  }
  function draw(){
    var from=page*size,part=shown.slice(from,from+size);
    body.replaceChildren.apply(body,part.map(function(i){
      var tr=document.createElement('tr');
      if(flags&&flags[i])tr.className='flag';
      cols.forEach(function(c,k){
        var td=document.createElement('td'),v=all[i][k];
        if(c.kind==='wrap')td.className='wrap';else if(c.kind!=='text')td.className='num';
        if(c.link&&data.links&&data.links[i]){var a=document.createElement('a');a.href='#'+data.links[i];a.textContent=text(v,c);td.append(a)}
        else td.textContent=text(v,c);
        tr.append(td);
      });
      return tr;
    }));
    if(count)count.textContent=shown.length?(from+1)+'\\u2013'+Math.min(from+size,shown.length)+' of '+shown.length:'nothing matches';
    if(back){back.disabled=page===0;next.disabled=from+size>=shown.length}
    box.querySelectorAll('th').forEach(function(th,k){
      if(k===sort)th.setAttribute('aria-sort',dir>0?'ascending':'descending');else th.removeAttribute('aria-sort');
    });
  }
  function arrange(){
    if(sort>=0)order.sort(function(i,j){
      var a=all[i][sort],b=all[j][sort];
      if(a===null||b===null)return a===b?i-j:a===null?1:-1;
      var d=typeof a==='number'?a-b:a.localeCompare(b,'en',{numeric:true});
      return d?d*dir:i-j;
    });
    var q=search?search.value.trim().toLowerCase():'';
    shown=q?order.filter(function(i){return all[i].some(function(v,k){return (cols[k].kind==='text'||cols[k].kind==='wrap')&&v!==null&&v.toLowerCase().indexOf(q)>=0})}):order;
    page=0;draw();
  }
  box.querySelectorAll('th button').forEach(function(button,k){
    button.addEventListener('click',function(){
      if(sort===k)dir=-dir;else{sort=k;dir=cols[k].kind==='text'||cols[k].kind==='wrap'?1:-1}
      arrange();
    });
  });
  if(search)search.addEventListener('input',arrange);
  if(back){back.addEventListener('click',function(){page--;draw()});next.addEventListener('click',function(){page++;draw()})}
});
document.querySelectorAll('[data-masktoggle]').forEach(function(input){
  input.addEventListener('change',function(){input.closest('section').classList.toggle('nomask',!input.checked)});
});
document.addEventListener('click',function(event){
  var picture=event.target.closest&&event.target.closest('.picture');
  if(picture)picture.classList.toggle('large');
});
})();`;
