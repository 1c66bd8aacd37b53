//! Views of the report: listed, saved, deleted, and the one that a person begins with.

use model::{AccountFilter, Actor, Filter, Problem, View, ViewDraft, ViewForm, ViewId, ViewName, ViewTab, YesNo};
use store::views::{self, Record};
use store::{StoreError, WriteTx, not_deleted, schedules, settings, users};

use crate::Backend;
use crate::clock::now;
use crate::schedules::resume_following;

/// Views of one person: more would be no tabs any more.
const VIEWS: u64 = 20;

impl Backend {
    /// One's own views and those that are shared.
    pub async fn list_views(&self, actor: &Actor) -> Result<Vec<ViewTab>, Problem> {
        let views = self.store().read(views::visible(self.store().db(), actor.id)).await?;
        Ok(views.into_iter().map(Record::into_tab).collect())
    }

    /// The query that Posthouse opens with for this person; None where they chose no view.
    pub async fn default_view(&self, actor: &Actor) -> Result<Option<String>, Problem> {
        let view = self.store().read(views::find_default(self.store().db(), actor.id)).await?;
        Ok(view.map(|view| view.query))
    }

    /// The form Save view, for what the list shows.
    pub async fn new_view(&self, actor: &Actor, filter: &AccountFilter) -> Result<ViewForm, Problem> {
        let filter = self.list_kept(actor, filter).await?;
        let own = self
            .store()
            .read(views::own(self.store().db(), actor.id))
            .await?
            .into_iter()
            .map(Record::into_tab)
            .collect();
        let (query, words) = (filter.to_query(), filter.in_words());
        Ok(ViewForm { draft: ViewDraft::default(), owner: None, query, words, own })
    }

    /// The form Edit view.
    pub async fn find_view(&self, actor: &Actor, id: ViewId) -> Result<ViewForm, Problem> {
        let db = self.store().db();
        let find = async {
            let view = views::find(db, actor.id, id).await?;
            let default = users::default_view(db, actor.id).await?;
            let owner = if view.owner_id == actor.id {
                None
            } else {
                users::find(db, view.owner_id).await?.map(|owner| owner.email.to_string())
            };
            Ok((view, default, owner))
        };
        let (view, default, owner) = self.store().read(find).await?;
        let draft = ViewDraft {
            name: view.name.to_string(),
            shared: YesNo::from(view.is_shared),
            default: YesNo::from(default == Some(id)),
        };
        let words = AccountFilter::from_query(&view.query).in_words();
        Ok(ViewForm { draft, owner, query: view.query, words, own: Vec::new() })
    }

    /// Keeps what the list shows under a name.
    pub async fn create_view(
        &self,
        actor: &Actor,
        filter: &AccountFilter,
        draft: &ViewDraft,
    ) -> Result<ViewTab, Problem> {
        let view = &draft.parse()?;
        let query = &self.list_kept(actor, filter).await?.to_query();
        self.store().write(move |tx| create(tx, actor, query, view)).await
    }

    /// Saves over a view. Of another person's view only the default is one's own to choose.
    pub async fn update_view(&self, actor: &Actor, id: ViewId, draft: &ViewDraft) -> Result<ViewTab, Problem> {
        self.store().write(move |tx| update(tx, actor, id, draft)).await
    }

    /// Has one's own view show this list from now on.
    pub async fn replace_view(&self, actor: &Actor, id: ViewId, filter: &AccountFilter) -> Result<ViewTab, Problem> {
        let query = &self.list_kept(actor, filter).await?.to_query();
        self.store().write(move |tx| replace(tx, actor, id, query)).await
    }

    /// Deletes one's own view, and gives its name. It can be restored for 30 days.
    pub async fn delete_view(&self, actor: &Actor, id: ViewId) -> Result<String, Problem> {
        self.store().write(move |tx| delete(tx, actor, id)).await
    }

    /// What a view keeps of a list.
    async fn list_kept(&self, actor: &Actor, filter: &AccountFilter) -> Result<AccountFilter, Problem> {
        filter.ids().map_err(Problem::Malformed)?;
        Ok(filter.as_view(self.find_preferences(actor).await?.columns))
    }
}

async fn create(tx: WriteTx, actor: &Actor, query: &str, view: &View) -> Result<ViewTab, StoreError> {
    settings::lock(&tx).await?;
    if views::count(tx.db(), actor.id).await? >= VIEWS {
        return Err(Problem::Refused(format!("You have {VIEWS} views. Delete one first.")).into());
    }
    let saved = views::change(&tx, None, view, query.to_owned(), actor, now()).await?;
    if view.default {
        users::set_default_view(&tx, actor, Some(saved.id)).await?;
    }
    Ok(saved.into_tab())
}

async fn update(tx: WriteTx, actor: &Actor, id: ViewId, draft: &ViewDraft) -> Result<ViewTab, StoreError> {
    settings::lock(&tx).await?;
    let record = views::find(tx.db(), actor.id, id).await?;
    let saved = if record.owner_id == actor.id {
        let view = draft.parse().map_err(Problem::Fields)?;
        let query = record.query.clone();
        if record.is_shared && !view.shared {
            let why = format!("The view “{}” is not shared any more.", record.name);
            schedules::stop_following(&tx, id, Some(actor.id), &why).await?;
        }
        views::change(&tx, Some(record), &view, query, actor, now()).await?
    } else {
        record
    };
    match (draft.default.is_yes(), users::default_view(tx.db(), actor.id).await? == Some(id)) {
        (true, false) => users::set_default_view(&tx, actor, Some(id)).await?,
        (false, true) => users::set_default_view(&tx, actor, None).await?,
        (true, true) | (false, false) => {}
    }
    Ok(saved.into_tab())
}

async fn replace(tx: WriteTx, actor: &Actor, id: ViewId, query: &str) -> Result<ViewTab, StoreError> {
    settings::lock(&tx).await?;
    let record = own(&tx, actor, id).await?;
    let view = View { name: record.name.clone(), shared: record.is_shared, default: false };
    let saved = views::change(&tx, Some(record), &view, query.to_owned(), actor, now()).await?;
    Ok(saved.into_tab())
}

async fn delete(tx: WriteTx, actor: &Actor, id: ViewId) -> Result<String, StoreError> {
    settings::lock(&tx).await?;
    let record = own(&tx, actor, id).await?;
    schedules::stop_following(&tx, id, None, &deleted_words(&record)).await?;
    let name = record.name.to_string();
    views::delete(&tx, record, actor, now()).await?;
    Ok(name)
}

/// Why schedules that followed a deleted view do not run.
fn deleted_words(record: &Record) -> String {
    // Others see why a schedule was stopped: the name of a private view is not theirs to know.
    if record.is_shared {
        format!("The view “{}”, which it followed, was deleted.", record.name)
    } else {
        "The view that it followed was deleted.".to_owned()
    }
}

/// Brings one's own deleted view back, and gives its name. What stopped because it was deleted runs again.
pub(crate) async fn restore(
    tx: WriteTx,
    actor: &Actor,
    id: ViewId,
    new_name: Option<&ViewName>,
) -> Result<String, StoreError> {
    settings::lock(&tx).await?;
    let record = views::find_own(tx.db(), actor.id, id).await?;
    if record.deleted_at.is_none() {
        return Err(not_deleted(record.name.as_str()));
    }
    if views::count(tx.db(), actor.id).await? >= VIEWS {
        return Err(Problem::Refused(format!("You have {VIEWS} views. Delete one first.")).into());
    }
    let (name, why) = (new_name.unwrap_or(&record.name).clone(), deleted_words(&record));
    views::restore(&tx, record, &name, actor).await?;
    resume_following(&tx, id, &why, now()).await?;
    Ok(name.to_string())
}

/// A view that is this person's to change.
async fn own(tx: &WriteTx, actor: &Actor, id: ViewId) -> Result<Record, StoreError> {
    let record = views::find(tx.db(), actor.id, id).await?;
    if record.owner_id == actor.id {
        Ok(record)
    } else {
        Err(Problem::Forbidden("Only who saved a view can change or delete it.".to_owned()).into())
    }
}
