import time
from sqlalchemy import event
from app.core.db import db
from tests.factories import ledger, people, programs, disclosures
def test_x(app):
    disclosures.version("*"); ledger.cap()
    d=ledger.stay(); by=ledger.coordinator()
    ledger.post(d,by=by)
    seen=[]
    event.listen(db.engine,"before_cursor_execute",lambda c,cu,s,*r: seen.append(s.replace("\n"," ")[:110]))
    t=time.process_time(); ledger.post(d.model_copy(update={"external_ref":"x"}),by=by); print(time.process_time()-t, len(seen)); print("\n".join(seen))
    t=time.process_time()
    for i in range(30): ledger.post(d.model_copy(update={"external_ref":str(i)}),by=by)
    print("each",(time.process_time()-t)/30)
    import cProfile,pstats
    pr=cProfile.Profile(); pr.enable()
    for i in range(30): ledger.post(d.model_copy(update={"external_ref":"a"+str(i)}),by=by)
    pr.disable(); pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
